"""Asterisk fulfils the contract of a voice channel."""

import pytest

from tests.contracts.suite import ChannelContract

pytestmark = pytest.mark.asterisk


class TestAsterisk(ChannelContract):
    """Every line of the contract, with real SIP and real audio."""
