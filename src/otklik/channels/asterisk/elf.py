"""Which shared libraries a program, a module or a library asks for: the dynamic section of an ELF file, read
directly.

A fresh machine has no readelf, and `ldd` would run the file with the host's loader; this reads bytes only.
**Source:** Tool Interface Standard, Executable and Linking Format 1.2 (1995), book I, sections "Program
Header" and "Dynamic Linking"; System V ABI, 64-bit structures.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_SONAME = 0, 1, 5, 14


@dataclass(frozen=True, slots=True)
class Needs:
    """What one ELF file says of itself."""

    name: str | None
    """The name others ask for it by (SONAME); none for a program or a module."""
    needed: tuple[str, ...]
    """Names of the libraries it asks for, in its own order."""


def read_needs(path: Path) -> Needs | None:
    """The dynamic section of a 64-bit little-endian ELF file; none for any other file or a static one."""
    content = path.read_bytes()
    if content[:4] != b"\x7fELF" or content[4:6] != b"\x02\x01":
        return None
    programs_at = struct.unpack_from("<Q", content, 32)[0]
    entry_size, entries = struct.unpack_from("<HH", content, 54)
    loads: list[tuple[int, int, int]] = []
    dynamic: tuple[int, int] | None = None
    for number in range(entries):
        kind, _flags, offset, address, _physical, size = struct.unpack_from(
            "<IIQQQQ", content, programs_at + number * entry_size
        )
        if kind == _PT_LOAD:
            loads.append((address, offset, size))
        elif kind == _PT_DYNAMIC:
            dynamic = (offset, size)
    if dynamic is None:
        return None
    tags = [struct.unpack_from("<qQ", content, at) for at in range(dynamic[0], dynamic[0] + dynamic[1], 16)]
    strings_at = _file_offset(next((value for tag, value in tags if tag == _DT_STRTAB), 0), loads)
    needed: list[str] = []
    name: str | None = None
    for tag, value in tags:
        if tag == _DT_NULL:
            break
        if tag == _DT_NEEDED:
            needed.append(_string(content, strings_at + value))
        elif tag == _DT_SONAME:
            name = _string(content, strings_at + value)
    return Needs(name=name, needed=tuple(needed))


def _file_offset(address: int, loads: list[tuple[int, int, int]]) -> int:
    for start, offset, size in loads:
        if start <= address < start + size:
            return address - start + offset
    return address


def _string(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode("ascii", "replace")
