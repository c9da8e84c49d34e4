"""The company's logo: which pictures are taken. Pure.

PNG and JPEG only: a vector picture may hold scripts and links. What a file is, its first bytes say, not its
name; how large it is, its own header.
"""

from typing import Final

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

LARGEST_BYTES: Final = 512 * 1024
LARGEST_SIDE: Final = 4000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Markers of JPEG that tell the size."""
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""


class Logo(Value):
    """media_type: image/png or image/jpeg."""

    media_type: str
    content: bytes


def logo_of(content: bytes) -> Logo:
    """Invalid `missing`, `picture_too_large` (bytes), `picture_unknown`, `picture_too_wide` (points)."""
    if not content:
        raise Invalid("missing", "file")
    if len(content) > LARGEST_BYTES:
        raise Invalid("picture_too_large", "file", most=LARGEST_BYTES // 1024)
    media_type, size = "", None
    if content.startswith(_PNG):
        media_type, size = "image/png", _png_size(content)
    elif content.startswith(_JPEG):
        media_type, size = "image/jpeg", _jpeg_size(content)
    if size is None:
        raise Invalid("picture_unknown", "file")
    if not all(0 < side <= LARGEST_SIDE for side in size):
        raise Invalid("picture_too_wide", "file", most=LARGEST_SIDE)
    return Logo(media_type=media_type, content=content)


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Source: PNG (third edition), 11.2.1: IHDR comes first."""
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Source: ITU-T T.81, B.2.2: the frame header."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF or marker in _BARE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            return int.from_bytes(content[place + 7 : place + 9]), int.from_bytes(
                content[place + 5 : place + 7]
            )
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return None
