"""The process that makes one PDF: `python -m otklik.api.paper.worker FOLDER`; the PDF comes out at the end.

FOLDER holds everything: the template, `paper.json`, pictures. typst may read nothing outside of it: the
folder is its root, there are no packages and no fonts but ours.
"""

import sys
from pathlib import Path

import typst


def main() -> None:
    """Make it."""
    folder = Path(sys.argv[1])
    nothing = folder / "nothing"
    nothing.mkdir()
    try:
        made = _compiled(folder, nothing)
    except typst.TypstError as error:
        sys.exit(error.diagnostic or error.message)
    sys.stdout.buffer.write(made)


def _compiled(folder: Path, nothing: Path) -> bytes:
    made = typst.Compiler(
        input=folder / "paper.typ",
        root=folder,
        font_paths=[folder / "fonts"],
        ignore_system_fonts=True,
        package_path=nothing,
        package_cache_path=nothing,
    ).compile(format="pdf")
    assert isinstance(made, bytes), "one paper is one file"
    return made


if __name__ == "__main__":
    main()
