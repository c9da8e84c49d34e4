"""How much longer than on a free machine a thing may take on this one, now."""

import os
import time

import psutil

PROBE_SECONDS = 0.05


def patience(seconds: float) -> float:
    """A time that is promised on a free machine, as long as it may be on this one now.

    The load average is a minute old; how long a little work takes against the processor's time it needs is of
    now.
    """
    began, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < PROBE_SECONDS:
        pass
    slower_now = (time.monotonic() - began) / PROBE_SECONDS
    return seconds * max(1.0, psutil.getloadavg()[0] / (os.cpu_count() or 1), slower_now)
