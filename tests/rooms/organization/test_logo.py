"""Which pictures are a logo: by their bytes, not by a name."""

import struct
import zlib

import pytest

from otklik.organization.logo import LARGEST_BYTES, LARGEST_SIDE, logo_of
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 4, height: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x7f" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """As far as its header."""
    application = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + application + b"\xff" + frame + b"\xff\xd9"


def test_png_and_jpeg_are_taken_as_what_they_are() -> None:
    assert logo_of(png()).media_type == "image/png"
    assert logo_of(jpeg(300, 80)).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture_unknown"),
        (b"GIF89a" + bytes(20), "picture_unknown"),
        (b"\x89PNG\r\n\x1a\n", "picture_unknown"),
        (b"\xff\xd8\xff\xd9", "picture_unknown"),
        (b"\xff\xd8\xff\xe0\x00\x00" * 9, "picture_unknown"),
        (png(LARGEST_SIDE + 1, 1), "picture_too_wide"),
        (png(0, 5), "picture_too_wide"),
        (jpeg(10, LARGEST_SIDE + 1), "picture_too_wide"),
        (png() + bytes(LARGEST_BYTES), "picture_too_large"),
    ],
)
def test_anything_else_is_refused_and_says_why(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        logo_of(content)

    assert (refused.value.code, refused.value.place) == (code, "file")
