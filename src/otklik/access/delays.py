"""How long one must wait after wrong passwords. Nobody is ever locked out for good. Pure.

Three counters, each forgotten after a quiet day: of the pair (login, address), of the address, and of the
login. The pair and the address make the asker wait before the next try is even looked at. The login alone
never refuses: or whoever knows a login could keep its owner out. It only slows the answer by a few seconds,
and not from an address at which that person has signed in before.
"""

import ipaddress
from datetime import timedelta

FREE_OF_PAIR = 5
FREE_OF_ADDRESS = 30
FREE_OF_LOGIN = 10
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_SLOWING = timedelta(seconds=4)
FORGOTTEN_AFTER = timedelta(days=1)

_SLOWING_STEP = timedelta(milliseconds=100)
_SECOND = timedelta(seconds=1)
_LARGEST_POWER = 20


def wait_of_pair(failures: int) -> timedelta:
    """Wait since the last failure of this login from this address: none for 5, then 1, 2, 4 ... 900 s."""
    return _growing(failures, FREE_OF_PAIR, _SECOND, LONGEST_WAIT)


def wait_of_address(failures: int) -> timedelta:
    """Wait since the last failure from this address, whatever the login: an office may share one address."""
    return _growing(failures, FREE_OF_ADDRESS, _SECOND, LONGEST_WAIT)


def slowing_of_login(failures: int) -> timedelta:
    """How much later the answer comes from an unknown address while a login is under attack: up to 4 s."""
    return _growing(failures, FREE_OF_LOGIN, _SLOWING_STEP, LONGEST_SLOWING)


def network_of(address: str) -> str:
    """What counts as one address: one of IPv4, a /64 of IPv6 (one subscriber has all of it)."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _growing(failures: int, free: int, step: timedelta, longest: timedelta) -> timedelta:
    if failures < free:
        return timedelta(0)
    return min(step * (1 << min(failures - free, _LARGEST_POWER)), longest)
