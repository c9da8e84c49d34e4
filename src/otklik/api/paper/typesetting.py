"""A paper as PDF. One is made at a time; the process that makes it has a folder of its own and a deadline."""

import asyncio
import sys
from dataclasses import asdict
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from otklik.api.paper.model import Block, Definitions, Figures, Paper, Picture, Sentences, Table
from otklik.logs import logger
from otklik.organization.logo import Logo
from otklik.vocabulary.refusals import Refused

log = logger()

PDF = "application/pdf"
LONGEST_SECONDS = 60.0
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}
NO_WORDS = {"page": "", "of": ""}
_one_at_a_time = asyncio.Semaphore(1)


async def pdf_of(paper: Paper) -> bytes:
    """Refuses `pdf_unavailable` where typst is not installed, `pdf_failed` when it cannot be made in time."""
    if find_spec("typst") is None:
        raise Refused("pdf_unavailable")
    async with _one_at_a_time:
        with TemporaryDirectory(prefix="otklik-paper-") as name:
            folder = Path(name)
            await asyncio.to_thread(_lay_out, paper, folder)
            return await _made(folder)


async def is_printable(logo: Logo) -> bool:
    """Whether a picture can be read to its end: its header alone does not say so. True where nothing can
    print."""
    paper = Paper(title="", subtitle="", foot="", locale="en", blocks=(), logo=logo, words=NO_WORDS)
    try:
        await pdf_of(paper)
    except Refused as refused:
        return refused.code == "pdf_unavailable"
    return True


async def _made(folder: Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "otklik.api.paper.worker", str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            made, told = await process.communicate()
    except TimeoutError:
        log.error("paper.not_made", reason="timeout")
        raise Refused("pdf_failed") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not made:
        log.error("paper.not_made", reason=told.decode(errors="replace")[-2000:])
        raise Refused("pdf_failed")
    return made


def _lay_out(paper: Paper, folder: Path) -> None:
    """Everything that the process may read."""
    given = resources.files("otklik") / "templates/papers"
    (folder / "paper.typ").write_bytes((given / "paper.typ").read_bytes())
    (folder / "fonts").mkdir()
    for font in (given / "fonts").iterdir():
        if font.name.endswith(".ttf"):
            (folder / "fonts" / font.name).write_bytes(font.read_bytes())
    logo = None
    if paper.logo is not None:
        logo = f"logo.{SUFFIXES[paper.logo.media_type]}"
        (folder / logo).write_bytes(paper.logo.content)
    said = {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "foot": paper.foot,
        "locale": paper.locale,
        "company": paper.company,
        "logo": logo,
        "size": paper.size,
        "wide": paper.is_wide,
        "dense": paper.is_dense,
        "words": paper.words,
        "blocks": [_said(block, number, folder) for number, block in enumerate(paper.blocks)],
    }
    (folder / "paper.json").write_bytes(msgspec.json.encode(said))


def _said(block: Block, number: int, folder: Path) -> dict[str, Any]:
    match block:
        case Figures():
            items = [asdict(item) for item in block.items]
            return {"kind": "figures", "title": block.title, "items": items}
        case Sentences():
            items = [asdict(item) for item in block.items]
            return {"kind": "sentences", "title": block.title, "items": items}
        case Table():
            columns = [{"title": one.title, "number": one.is_number} for one in block.columns]
            return {
                "kind": "table",
                "title": block.title,
                "columns": columns,
                "rows": block.rows,
                "total": block.total,
            }
        case Definitions():
            return {"kind": "definitions", "title": block.title, "items": block.items}
        case Picture():
            (folder / f"picture-{number}.svg").write_text(block.svg, "utf-8")
            return {"kind": "picture", "title": block.title, "file": f"picture-{number}.svg"}
