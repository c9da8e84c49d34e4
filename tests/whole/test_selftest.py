"""The self-test passes on a healthy centre, and names what is broken on one that a test broke."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.whole.centre import Centre
from tests.whole.conftest import WHOLE, Scene

pytestmark = WHOLE

SELF_TEST = 32000
CHECKS = [
    "engine",
    "channel",
    "agent",
    "trunk",
    "offer",
    "answer",
    "audio_to_agent",
    "audio_to_customer",
    "journal",
    "recording",
]
