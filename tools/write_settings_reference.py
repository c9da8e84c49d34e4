"""Writes docs/reference/settings.md and docs/reference/commands.md from the program itself."""

from pathlib import Path

import click

from otklik.cli import main
from otklik.settings import PREFIX, Settings, choices

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "Made from the program by `make docs`; a test fails when it is out of date.\n"


def settings_page() -> str:
    """Every setting: name, default, meaning."""
    lines = [
        "# Settings\n",
        NOTE,
        "A value is taken from the first of: an option of the command, the environment, `settings.toml` in",
        "the home folder, the default. The name in the file is the one below without its prefix, in small",
        "letters. An unknown name stops the start. `otklik settings` shows all values and their sources.",
        "",
        "| in the environment | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        text = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
        words = choices(name)
        closed = " or ".join(f"`{word}`" for word in words if isinstance(word, str))
        meaning = f"{field.description} ({closed})" if closed and all(words) else field.description
        lines.append(f"| `{PREFIX}{name.upper()}` | {f'`{text}`' if text else ''} | {meaning} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command that a person or a script calls, with its options."""
    lines = ["# Commands\n", NOTE]
    for names, command in walk(main, ["otklik"]):
        lines += [f"## {' '.join(names)}\n", f"{(command.help or '').strip()}\n"]
        rows = [row for row in map(option_row, command.params) if row]
        if rows:
            lines += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def walk(group: click.Group, names: list[str]) -> list[tuple[list[str], click.Command]]:
    """Commands in the order of their names; those of the supervisor are left out."""
    found: list[tuple[list[str], click.Command]] = []
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            found += walk(command, [*names, name])
        else:
            found.append(([*names, name], command))
    return found


def option_row(parameter: click.Parameter) -> str:
    """A table row for an option or argument."""
    if isinstance(parameter, click.Option):
        return f"| `{'`, `'.join(parameter.opts)}` | {parameter.help or kind_of(parameter)} |"
    return f"| `{(parameter.name or '').upper()}` | {kind_of(parameter)} |"


def kind_of(parameter: click.Parameter) -> str:
    """What may be given, where the help does not say it."""
    kind = parameter.type
    return ", ".join(f"`{word}`" for word in kind.choices) if isinstance(kind, click.Choice) else kind.name


PAGES = {"settings.md": settings_page, "commands.md": commands_page}

if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for file, page in PAGES.items():
        (REFERENCE / file).write_text(page())
        print(f"docs/reference/{file}")
