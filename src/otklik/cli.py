"""The command line. Each command loads what it needs when it is called, so that `--help` is quick.

Commands that start a process of the centre (`engine`, `web`, `recordings`, `robots`) are called by the
supervisor; a person calls them by hand only to look closely. Other programs script the names: they stay.
"""

import importlib

import click

from otklik import __version__

# name of the command: the module that holds it, and its name there
COMMANDS: dict[str, tuple[str, str]] = {}


class Commands(click.Group):
    """A group whose commands are found by name and loaded when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, those that were loaded and those that were not."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name in COMMANDS:
            module, name = COMMANDS[cmd_name]
            found: click.Command = getattr(importlib.import_module(module), name)
            return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="otklik")
def main() -> None:
    """Otklik, a self-hosted contact centre."""
