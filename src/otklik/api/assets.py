"""The web UI's files: the packed one if the browser takes it, kept for ever if its name has a hash.

Every other path falls to index.html, because addresses of pages are the browser's matter. Nothing outside of
the folder is ever served: the path is resolved first.
"""

import mimetypes
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

FOR_EVER = "public, max-age=31536000, immutable"
PAGE = "index.html"
GUEST_PAGE = "guest.html"
ASK_AGAIN = "no-cache"
PACKINGS = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT = "The web UI is not built: run `make setup`.\nИнтерфейс не собран: выполните `make setup`.\n"
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


def answer(request: Request, folder: Path, path: str) -> Response:
    """The file at this path of the folder, or the page that shows it."""
    if request.method not in ("GET", "HEAD"):
        return Response(status_code=405, headers={"Allow": "GET, HEAD"})
    found = find_file(folder, path)
    if found is None and (path == PAGE or "." not in path.rsplit("/", 1)[-1]):
        found = find_file(folder, PAGE)
        if found is None:
            return PlainTextResponse(NOT_BUILT, status_code=503)
    if found is None:
        return PlainTextResponse("", status_code=404)
    return packed(request, found, is_for_ever=found.is_relative_to(folder.resolve() / "assets"))


def find_file(folder: Path, path: str) -> Path | None:
    """The file, if it stands inside the folder."""
    if "\x00" in path:
        return None
    root = folder.resolve()
    try:
        full = (root / path.lstrip("/")).resolve()
        is_ours = full.is_relative_to(root) and full != root and not full.name.startswith(".")
        return full if is_ours and full.is_file() else None
    except (OSError, ValueError):  # a name too long, a loop of links
        return None


def packed(request: Request, found: Path, *, is_for_ever: bool) -> Response:
    """The smallest form of the file that the browser takes, or the news that it has it already."""
    taken = {word.split(";")[0].strip() for word in request.headers.get("accept-encoding", "").split(",")}
    headers = {"Cache-Control": FOR_EVER if is_for_ever else ASK_AGAIN, "Vary": "Accept-Encoding"}
    source = found
    for packing, ending in PACKINGS:
        candidate = found.with_name(found.name + ending)
        if packing in taken and candidate.is_file():
            source = candidate
            headers["Content-Encoding"] = packing
            break
    seen = source.stat()
    headers["ETag"] = f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"'
    headers["Last-Modified"] = formatdate(seen.st_mtime, usegmt=True)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    return FileResponse(source, media_type=kind, headers=headers, stat_result=seen)
