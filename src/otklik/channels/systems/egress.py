"""Where a question may go. A name is looked up once, and what was looked up is what is connected to.

Only public addresses, unless the system's allow-list names the host or the network; addresses of the own
link (the metadata services of clouds) only if their network itself is named. So an address that was typed in
by mistake or malice reaches nothing inside.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from otklik.channels.systems.failures import AskFailed

USUAL_PORTS = (80, 443)
_TRANSLATED = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)
"""Version 6 addresses that stand for others of version 4: where they lead cannot be seen here."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def place_of(
    host: str, port: int, allowed: Sequence[str], *, usual_ports: Sequence[int] = USUAL_PORTS
) -> str:
    """The address to connect to. Raises AskFailed host_unknown, host_forbidden or port_forbidden."""
    is_named = host.lower() in allowed
    found = await _resolve(host, port)
    usable = [address for address in found if may_reach(address, allowed, is_named=is_named)]
    if not usable:
        raise AskFailed("host_forbidden")
    chosen = usable[0]
    if port not in usual_ports and not (is_named or _in_networks(chosen, allowed)):
        raise AskFailed("port_forbidden")
    return str(chosen)


def may_reach(address: Address, allowed: Sequence[str], *, is_named: bool) -> bool:
    """Whether this address may be asked. is_named: the list names the host it belongs to."""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        address = inner
    if _in_networks(address, allowed):
        return True
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if any(address in network for network in _TRANSLATED):
        return False
    return is_named or (address.is_global and not address.is_reserved)


def _in_networks(address: Address, allowed: Sequence[str]) -> bool:
    for one in allowed:
        try:
            network = ipaddress.ip_network(one)
        except ValueError:
            continue
        if address in network:
            return True
    return False


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AskFailed("host_unknown") from error
    # A zone (`%eth0`) says by which card to go: never taken from outside.
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
