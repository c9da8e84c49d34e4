"""Runs the benches in a short form: each measures itself against a peer in the same run.

Their long forms, and what the figures of docs/benchmarks.md were taken with, stand in that document.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType

from environment import BIN, call

SHORT: Mapping[str, list[str]] = MappingProxyType(
    {
        "engine": ["--seconds", "5"],
        "journal": [],
        "reports": ["--segments", "100000", "--repeat", "3"],
        "calls": ["--seconds", "10", "--repeat", "1", "--rows", "plain", "recorded"],
        "screen": ["--seconds", "20"],
        "start": ["--repeat", "2"],
        "twin": ["--calls", "20000", "--repeat", "2"],
    }
)
CANNOT_RUN = 2
"""How a bench ends that misses something on this machine; it has said what."""


def run(names: list[str]) -> int:
    """Run all, or those named; the worst of their codes, but for those that cannot run here."""
    unknown = [name for name in names if name not in SHORT]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(SHORT)}", file=sys.stderr)
        return CANNOT_RUN
    worst, skipped = 0, []
    for name in names or list(SHORT):
        print(f"· bench {name}", flush=True)
        code = call([str(BIN / "python"), "-m", f"bench.{name}", *SHORT[name]])
        if code == CANNOT_RUN:
            skipped.append(name)
        else:
            worst = max(worst, code)
    if skipped:
        print(f"SKIPPED: {', '.join(skipped)} (the reason stands above)", flush=True)
    return worst
