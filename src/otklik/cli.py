"""The command line. Each command loads what it needs when it is called, so that `--help` is quick.

Commands that start a process of the centre (`engine`, `web`, `recordings`, `courier`, `robots`) are called by
the supervisor; a person calls them by hand only to look closely. Other programs script the names: they stay.
"""

import importlib
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otklik import __version__

if TYPE_CHECKING:
    from otklik.settings import Settings

PROCESSES = {
    "engine": ("otklik.wiring.engine", "The one writer: calls, routing, journal."),
    "web": ("otklik.wiring.web", "HTTP, live feeds, reports."),
    "recordings": ("otklik.wiring.recordings", "Cuts and stores recorded audio, at low priority."),
    "courier": ("otklik.wiring.courier", "Watches for alerts, tells the world outside."),
    "robots": ("otklik.wiring.robots", "Robot agents and customers of a demo."),
}

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_DAY = click.DateTime(["%Y-%m-%d"])

home_option = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder of the centre [./.otklik]."
)
source_option = click.option("--source", help="Of this imported source, by name [the own centre].")


def settings_of(**options: Any) -> "tuple[Settings, dict[str, str]]":
    """Read the settings, or end with what is wrong with them."""
    from otklik.operations import texts
    from otklik.settings import SettingsRefused, read_settings

    try:
        return read_settings(options)
    except SettingsRefused as refused:
        click.echo(texts.say(texts.language_of_person(), "refused.settings", problems=refused), err=True)
        sys.exit(2)


def settings_of_running(home: Path | None) -> "Settings":
    """Settings of a centre whose database can be asked, or the end with what is missing."""
    from otklik.operations import launcher, processes, texts

    settings, _ = settings_of(home=home)
    if settings.database_url is None:
        is_up = processes.find_running(launcher.pid_file_of(settings, "postgres")) is not None
        if not is_up:
            words = texts.say(texts.language_of_person(), "refused.not_running", home=settings.home)
            click.echo(words, err=True)
            sys.exit(1)
    return settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="otklik")
def main() -> None:
    """Otklik, a self-hosted contact centre."""


@main.command()
@home_option
@click.option("--port", type=int, help="HTTP port on loopback; the next one is HTTPS, then ARI [8700].")
@click.option("--demo", is_flag=True, default=None, help="Robot agents and customers.")
@click.option(
    "--channel", type=click.Choice(["asterisk", "simulator"]), help="What carries the voice [asterisk]."
)
@click.option(
    "--sign-ins", type=click.Path(path_type=Path), help="Write the first log-ins as JSON to this file too."
)
def serve(
    home: Path | None, port: int | None, demo: bool | None, channel: str | None, sign_ins: Path | None
) -> None:
    """Run a centre until Ctrl-C or TERM."""
    from otklik.channels.asterisk.instance import BadInstance
    from otklik.logs import start_logs
    from otklik.operations import starting, texts
    from otklik.operations.console import ConsoleTeller
    from otklik.operations.launcher import StartRefused
    from otklik.operations.migrating import SchemaRefused
    from otklik.operations.postgres import PostgresRefused
    from otklik.settings import forget_last_serve

    settings, sources = settings_of(home=home, port=port, demo=demo, channel=channel)
    settings, sources = forget_last_serve(settings, sources, ("demo", "channel"))
    start_logs(process="supervisor", level="warning", style=settings.log_format)
    language = texts.language_of_person()
    try:
        starting.serve(settings, sources, ConsoleTeller(language, sign_ins))
    except StartRefused as refused:
        click.echo(texts.say(language, f"refused.{refused.code}", **refused.facts), err=True)
        sys.exit(1)
    except (PostgresRefused, SchemaRefused, BadInstance) as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)


def process_command(name: str, module: str, purpose: str) -> None:
    """Make the command that runs one process of the centre: `module.main(settings)`."""

    @main.command(name, help=purpose, hidden=True)
    @home_option
    def run(home: Path | None) -> None:
        from otklik.logs import start_logs

        settings, _ = settings_of(home=home)
        start_logs(process=name, level=settings.log_level, style=settings.log_format)
        sys.exit(importlib.import_module(module).main(settings) or 0)


for process_name, (process_module, process_purpose) in PROCESSES.items():
    process_command(process_name, process_module, process_purpose)


@main.command(hidden=True)
@home_option
def seed(home: Path | None) -> None:
    """Fill an empty centre; tells as JSON what it made and which numbers to dial."""
    settings, _ = settings_of(home=home)
    found = importlib.import_module("otklik.wiring.seed").main(settings)
    click.echo(json.dumps(found, ensure_ascii=False))


@main.command("settings")
@home_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show_settings(home: Path | None, as_json: bool) -> None:
    """Show every setting with its source; secrets are hidden."""
    from otklik.settings import shown

    rows = shown(*settings_of(home=home))
    if as_json:
        keys = ("name", "value", "source", "meaning")
        click.echo(
            json.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False, indent=1)
        )
        return
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for name, value, source, meaning in rows:
        click.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source:<{widths[2]}}  {meaning}")


@main.command()
@home_option
def migrate(home: Path | None) -> None:
    """Bring the database's tables up to date; `serve` does it by itself."""
    from otklik.database import address_of
    from otklik.operations import migrating

    settings = settings_of_running(home)
    try:
        migrating.upgrade(address_of(settings))
    except migrating.SchemaRefused as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)


@main.command()
@home_option
@click.option("--port", type=int, help="HTTP port, as for serve.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Language of the words [of the terminal].")
def doctor(home: Path | None, port: int | None, as_json: bool, language: Any) -> None:
    """Look for what would keep a centre from working, and say how to mend it. 1 = something is broken."""
    from otklik.operations import texts
    from otklik.operations.doctor import examine

    settings, _ = settings_of(home=home, port=port)
    language = language or texts.language_of_person()
    broken, told = 0, []
    for finding in examine(settings):
        broken += finding.verdict == "broken"
        title = texts.say(language, f"doctor.titles.{finding.check}")
        detail = texts.say(language, f"doctor.found.{finding.code}", **finding.facts)
        fix = ""
        if finding.verdict != "well":
            fix = texts.say(language, f"doctor.fixes.{finding.code}", **finding.facts)
        told.append({"name": finding.check, "verdict": finding.verdict, "detail": detail, "fix": fix})
        if not as_json:
            click.echo(f"{texts.say(language, f'doctor.{finding.verdict}'):<9} {title}: {detail}")
            if fix:
                click.echo(texts.say(language, "doctor.fix", fix=fix))
    if as_json:
        click.echo(json.dumps({"passed": not broken, "checks": told}, ensure_ascii=False, indent=1))
    else:
        click.echo(texts.say(language, "doctor.some_broken" if broken else "doctor.all_well", count=broken))
    sys.exit(1 if broken else 0)


@main.group()
def certificate() -> None:
    """The certificate for HTTPS."""


@certificate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its key, if not in FILE."
)
@home_option
def install(file: Path, key: Path | None, home: Path | None) -> None:
    """Use your own certificate: PEM with its chain."""
    from otklik.clock import wall_now
    from otklik.operations import certificates, launcher, texts

    settings, _ = settings_of(home=home)
    language = texts.language_of_person()
    launcher.make_folders(settings)
    try:
        until = certificates.install_certificate(settings, file, key, at=wall_now())
    except certificates.CertificateRefused as refused:
        click.echo(texts.say(language, f"certificate.{refused.code}", **refused.facts), err=True)
        sys.exit(1)
    click.echo(texts.say(language, "certificate.installed", until=until))
    if certificates.renew_web(settings):
        click.echo(texts.say(language, "certificate.web_renewed"))


@certificate.command()
@home_option
def show(home: Path | None) -> None:
    """Show the certificate and the authority to trust."""
    from otklik.clock import wall_now
    from otklik.operations import certificates, launcher, texts

    settings, _ = settings_of(home=home)
    launcher.make_folders(settings)
    certificates.provide_certificate(settings, at=wall_now())
    facts = certificates.described(settings)
    click.echo(texts.say(texts.language_of_person(), "certificate.authority", **facts))


@main.command()
@home_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def selftest(home: Path | None, as_json: bool) -> None:
    """Place a real call through trunk, flow, queue and a robot agent, and judge it. 1 = a check failed."""
    settings = settings_of_running(home)
    sys.exit(importlib.import_module("otklik.wiring.selftest").main(settings, as_json=as_json))


@main.command("practice-customers", hidden=True)
@home_option
def practice_customers(home: Path | None) -> None:
    """Robot customers for those who practise; begun by the web process."""
    settings = settings_of_running(home)
    sys.exit(importlib.import_module("otklik.wiring.practice").main(settings))


@main.command()
@click.argument("kind", type=click.Choice(["intervals", "days", "agents"]))
@click.option("--from", "first", required=True, type=A_DAY, help="First day, in the site's zone.")
@click.option("--to", "end", required=True, type=A_DAY, help="The day after the last one.")
@click.option("--queue", help="Only this queue, by name or id.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@source_option
@home_option
def report(
    kind: str,
    first: datetime,
    end: datetime,
    queue: str | None,
    form: str,
    source: str | None,
    home: Path | None,
) -> None:
    """Numbers about what happened: queues by interval or day, agents by day."""
    settings = settings_of_running(home)
    days = {"first": first.date(), "end": end.date()}
    chosen = {"kind": kind, "queue": queue, "form": form, "source": source, **days}
    sys.exit(importlib.import_module("otklik.wiring.report").main(settings, **chosen))


@main.command()
@click.option("--day", type=A_DAY, help="Only this day, in the site's zone [all days].")
@source_option
@home_option
def verify(day: datetime | None, source: str | None, home: Path | None) -> None:
    """Compare every row of facts with a fresh fold of the journal. 1 = they differ."""
    settings = settings_of_running(home)
    chosen = day.date() if day is not None else None
    sys.exit(importlib.import_module("otklik.wiring.verify").main(settings, day=chosen, source=source))


@main.command()
@click.argument("model", metavar="MODEL")
@click.option("--calls", help="Calls in an interval.")
@click.option("--interval", default="1800", show_default=True, help="Length of the interval in seconds.")
@click.option("--aht", help="Mean handling time in seconds.")
@click.option(
    "--threshold", default="20", show_default=True, help="Answered in time: within so many seconds."
)
@click.option("--agents", help="Agents at work; a fraction is allowed, except with x.")
@click.option("--patience", help="a, x: mean patience of customers in seconds.")
@click.option("--lines", help="x: places for customers, talking and waiting.")
@click.option("--redial", help="x: share of the blocked and lost who call again.")
@click.option("--service-cv", help="c: standard deviation / mean of handling (M/G/k, an approximation).")
@click.option("--short-abandon", help="Gave up within so many seconds: a short abandon [the threshold].")
@click.option("--target", help="Instead of --agents: fewest agents for this share answered in time.")
@click.option("--max-occupancy", help="With --target: occupancy at most.")
@click.option("--max-abandonment", help="With --target: abandonment rate at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, in full precision.")
def erlang(as_json: bool, **given: str | None) -> None:
    """Ask a queueing formula: b nobody waits, c all wait, a customers give up, x few lines. 2 = refused."""
    sys.exit(importlib.import_module("otklik.wiring.calculator").main(given, as_json=as_json))


@main.command()
@click.argument("files", nargs=-1, metavar="[SCENARIO]...", type=click.Path(path_type=Path))
@click.option("--days", type=int, help="Length of a run [as the scenario says, else 1].")
@click.option("--replications", type=int, help="How many runs, on all cores [as the scenario says, else 1].")
@click.option("--seed", type=int, help="Where chance begins [as the scenario says, else 1].")
@click.option(
    "--from-centre", is_flag=True, help="The real centre is the first scenario: its rules, its days."
)
@click.option(
    "--day",
    "on",
    type=A_DAY,
    multiple=True,
    help="Of the centre: this day, or the mean of these [yesterday].",
)
@click.option("--weekday", type=click.Choice(list(WEEKDAYS)), help="Of the centre: the mean of this weekday.")
@click.option("--weeks", type=click.IntRange(1, 53), default=6, show_default=True, help="With --weekday.")
@click.option(
    "--write",
    type=click.Path(path_type=Path),
    help="Write the centre's scenario here, to be edited; - is the output.",
)
@click.option("--steps", is_flag=True, hidden=True, help="Tell each replication on the error stream.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def simulate(  # noqa: PLR0913, the options of the command
    files: tuple[Path, ...],
    days: int | None,
    replications: int | None,
    seed: int | None,
    from_centre: bool,
    on: tuple[datetime, ...],
    weekday: str | None,
    weeks: int,
    write: Path | None,
    steps: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Let scenarios (TOML files, - is the input) happen in the digital twin: the real engine in virtual time.

    Two or more are compared with the first: the same customers call in all of them. 2 = a scenario is
    refused.
    """
    simulating = importlib.import_module("otklik.wiring.simulate")
    chosen = {"days": days, "replications": replications, "seed": seed, "shows_steps": steps}
    if not from_centre:
        if not files:
            raise click.UsageError("SCENARIO or --from-centre")
        sys.exit(simulating.main(files, as_json=as_json, **chosen))
    number = WEEKDAYS.index(weekday) if weekday else None
    dates = simulating.days_of([day.date() for day in on], weekday=number, weeks=weeks)
    settings = settings_of_running(home)
    sys.exit(simulating.from_centre(settings, files, on=dates, write=write, as_json=as_json, **chosen))


@main.command()
@click.argument("file", required=False, metavar="[PROFILE]", type=click.Path(path_type=Path))
@click.option("--target", help="Share answered in time [0.8].")
@click.option("--threshold", help="In time: within so many seconds [20].")
@click.option("--formula", help="Service level, by its name in reports [answered_in_time/offered].")
@click.option("--short-abandon", help="Gave up within so many seconds: a short abandon [5].")
@click.option("--patience", help="Mean patience of customers in seconds [of the history, else 180].")
@click.option("--max-occupancy", help="Occupancy at most [0.88].")
@click.option("--max-abandonment", help="Abandonment rate at most [0.05].")
@click.option("--shrinkage", help="Share of paid time in which agents are not available [0.3].")
@click.option("--no-lag", is_flag=True, help="Staff for the calls of the interval itself.")
@click.option("--replications", type=click.IntRange(2, 1000), help="Of a scenario: days in a round [20].")
@click.option("--rounds", type=click.IntRange(0, 50), help="Of a scenario: rounds of adding agents [6].")
@click.option("--queue", help="Of the history: only this queue, by name or id.")
@click.option("--day", type=A_DAY, help="Of the history: this day.")
@click.option(
    "--weekday", type=click.Choice(list(WEEKDAYS)), help="Of the history: the mean of this weekday."
)
@click.option("--weeks", type=click.IntRange(1, 53), default=6, show_default=True, help="With --weekday.")
@click.option("--steps", is_flag=True, hidden=True, help="Tell each replication on the error stream.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def staff(  # noqa: PLR0913, the options of the command
    file: Path | None,
    no_lag: bool,
    replications: int | None,
    rounds: int | None,
    queue: str | None,
    day: datetime | None,
    weekday: str | None,
    weeks: int,
    steps: bool,
    as_json: bool,
    home: Path | None,
    **given: str | None,
) -> None:
    """Find the fewest agents for each interval of a day, by Erlang A; for a scenario, corrected by the twin.

    PROFILE is CSV (from, to, calls, aht_seconds), JSON, TOML, or a scenario of `otklik simulate`; - is the
    input. Without it the centre's history tells: --day or --weekday. 2 = something is refused.
    """
    staffing = importlib.import_module("otklik.wiring.staff")
    rules = {**given, "is_lagged": not no_lag}
    if sum(one is not None for one in (file, day, weekday)) != 1:
        sys.exit(staffing.without_source(as_json=as_json))
    if file is not None:
        chosen_here = {"replications": replications, "rounds": rounds, "shows_steps": steps}
        sys.exit(staffing.from_file(file, rules, as_json=as_json, **chosen_here))
    chosen = {"queue": queue, "day": day.date() if day else None, "weekday": weekday, "weeks": weeks}
    sys.exit(staffing.from_history(settings_of_running(home), rules, as_json=as_json, **chosen))


@main.command()
@click.option("--day", required=True, type=A_DAY, help="A recorded day, in the site's zone.")
@click.option("--replications", type=click.IntRange(1, 1000), default=5, show_default=True, help="How often.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where chance begins.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def replay(day: datetime, replications: int, seed: int, as_json: bool, home: Path | None) -> None:
    """Let a recorded day happen again in the digital twin: real and replayed figures, and the error."""
    settings = settings_of_running(home)
    chosen = {"day": day.date(), "replications": replications, "seed": seed, "as_json": as_json}
    sys.exit(importlib.import_module("otklik.wiring.replay").main(settings, **chosen))


@main.group("import")
def import_group() -> None:
    """Logs of another Asterisk: its queues, agents and calls in the reports of this centre."""


def _import_options(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """What all imports are asked with. default: name of the source."""
    options = (
        click.argument(
            "files",
            nargs=-1,
            required=True,
            metavar="FILE...",
            type=click.Path(dir_okay=False, path_type=Path),
        ),
        click.option("--source", default=default, show_default=True, help="Name under which it is reported."),
        click.option(
            "--zone", help="Whose wall clock a table's times are of, and the reports [as the site]."
        ),
        click.option(
            "--threshold",
            type=click.FloatRange(1, 3600),
            help="Seconds that are in time [as mapped, else 20].",
        ),
        click.option(
            "--short-abandon", type=click.FloatRange(0, 600), help="A short abandon [as mapped, else 5]."
        ),
        click.option(
            "--same",
            multiple=True,
            metavar="WRITTEN=NAME",
            help="The log writes one agent in two ways: --same 101='Anna Petrova'.",
        ),
        click.option("--replace", is_flag=True, help="Take out first what was imported of this source."),
        click.option("--dry-run", is_flag=True, help="Only tell what would come of it."),
        click.option("--json", "as_json", is_flag=True, help="As JSON."),
        click.option("--preview", is_flag=True, help="With the first results, as JSON."),
        click.option("--steps", "in_steps", is_flag=True, hidden=True),
        home_option,
    )

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _inbound_options(command: Callable[..., None]) -> Callable[..., None]:
    """Which calls come from outside, where the usual contexts do not say it."""
    for name, text in (
        ("--internal", "The same for calls that do not come from outside."),
        ("--inbound", "Calls from outside: a context, number or channel: 'from-provider', 'PJSIP/trunk*'."),
    ):
        command = click.option(name, multiple=True, metavar="PATTERN", help=text)(command)
    return command


def _import(kind: str, given: dict[str, Any]) -> None:
    pairs = dict(one.split("=", 1) for one in given["same"] if "=" in one)
    if len(pairs) < len(given["same"]):
        raise click.UsageError("--same WRITTEN=NAME")
    settings = settings_of_running(given.pop("home"))
    importing = importlib.import_module("otklik.wiring.importing")
    as_json, previews = given.pop("as_json"), given.pop("preview")
    chosen = {
        **given,
        "kind": kind,
        "same": pairs,
        "replaces": given["replace"],
        "is_trial": given["dry_run"],
        "as_json": as_json or previews,
        "previews": previews,
    }
    files = [*chosen.pop("files")]
    del chosen["replace"], chosen["dry_run"]
    sys.exit(importing.main(settings, files, **chosen))


@import_group.command("queue-log")
@_import_options("queue-log")
def import_queue_log(**given: Any) -> None:
    """Take queue_log files (plain, gzip, bzip2, xz; rotated ones in any order) or its table as CSV.

    Given again they add nothing. Rows that cannot be understood are listed. 2 = refused, nothing is stored.
    """
    _import("queue_log", given)


@import_group.command("cdr")
@_import_options("cdr")
@_inbound_options
def import_cdr(**given: Any) -> None:
    """Take call records (Master.csv of cdr_csv, or the cdr table as CSV with a heading).

    Calls from outside become calls of the queue that they were in, else of the number that rang; calls
    between colleagues and to the outside are left out. As `queue-log` otherwise.
    """
    _import("cdr", given)


@import_group.command("cel")
@_import_options("cel")
@_inbound_options
def import_cel(**given: Any) -> None:
    """Take channel events (Master.csv of cel_custom, or the cel table as CSV with a heading).

    They tell more than `cdr` does: when a caller came to a queue, who hung up, transfers. As `cdr` otherwise.
    """
    _import("cel", given)


@import_group.command("apply")
@click.option("--source", default="queue-log", show_default=True, help="Its name.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--steps", "in_steps", is_flag=True, hidden=True)
@home_option
def import_apply(source: str, as_json: bool, in_steps: bool, home: Path | None) -> None:
    """Count a source anew from its stored rows, by the newest version of its mapping."""
    importing = importlib.import_module("otklik.wiring.importing")
    settings = settings_of_running(home)
    sys.exit(importing.apply(settings, source=source, as_json=as_json, in_steps=in_steps))


@main.group()
def follow() -> None:
    """Another Asterisk, as it works: its calls in reports and its queues and agents as they stand now."""


@follow.command("asterisk")
@click.option(
    "--queue-log",
    "path",
    required=True,
    metavar="PATH",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The log that it writes, here or on a mounted disk.",
)
@click.option("--source", default="queue-log", show_default=True, help="Name under which it is reported.")
@click.option("--zone", help="Where days of its reports begin [as the site].")
@home_option
def follow_asterisk(path: Path, source: str, zone: str | None, home: Path | None) -> None:
    """Read a queue_log as it is written, over its rotation, until stopped. Nothing is changed there.

    Killed or away, it catches up with what was written meanwhile, in rotated files too.
    """
    settings = settings_of_running(home)
    sys.exit(
        importlib.import_module("otklik.wiring.following").main(settings, path, source=source, zone=zone)
    )


@main.group()
def flow() -> None:
    """Flows as files: what customers hear before a person answers."""


@flow.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON: code, place, detail.")
def flow_check(file: Path, as_json: bool) -> None:
    """Say what must be mended in a flow. 1 = something, 2 = it cannot be read."""
    sys.exit(importlib.import_module("otklik.wiring.flow").check(file, as_json=as_json))


@flow.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--caller", default="", help="Number of the customer.")
@click.option("--number", default="", help="Number that he called.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]), help="When [now].")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of --at and of the hours.")
@click.option("--digits", default="", help='What he presses each time when asked: "1,2#"; then silence.')
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What conditions see besides.")
@click.option("--answer", "answers", multiple=True, metavar="NODE=JSON", help="What a look-up there gets.")
@click.option("--closed", is_flag=True, help="As if the opening hours were over [always open].")
@click.option("--json", "as_json", is_flag=True, help="As JSON: node, outcome, said.")
def flow_run(  # noqa: PLR0913, the options of the command
    file: Path,
    caller: str,
    number: str,
    at: datetime | None,
    zone: str,
    digits: str,
    facts: tuple[str, ...],
    answers: tuple[str, ...],
    closed: bool,
    as_json: bool,
) -> None:
    """Try a flow without a phone; print the nodes that a customer goes through."""
    given = dict(fact.partition("=")[::2] for fact in facts)
    known = {"caller": caller, "number": number, **given}
    work = importlib.import_module("otklik.wiring.flow")
    try:
        answered = work.answers_of(answers)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--answer") from error
    sys.exit(
        work.run(
            file,
            at=at,
            zone=zone,
            digits=digits,
            facts=known,
            answers=answered,
            is_closed=closed,
            as_json=as_json,
        )
    )


@flow.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON: id, version.")
@home_option
def flow_import(file: Path, as_json: bool, home: Path | None) -> None:
    """Publish FILE as a new flow; print its id. 1 = it is not published, 2 = it cannot be read."""
    settings = settings_of_running(home)
    work = importlib.import_module("otklik.wiring.publish").import_file
    sys.exit(work(settings, file=file, as_json=as_json))


@flow.command("publish")
@click.argument("flow_id", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON: id, version.")
@home_option
def flow_publish(flow_id: int, file: Path, as_json: bool, home: Path | None) -> None:
    """Publish FILE as the next version of FLOW_ID. 1 = it is not published, 2 = it cannot be read."""
    settings = settings_of_running(home)
    work = importlib.import_module("otklik.wiring.publish").publish
    sys.exit(work(settings, flow_id=flow_id, file=file, as_json=as_json))


@flow.command("export")
@click.argument("flow_id", type=int)
@click.option("--version", type=int, help="Which one [the newest].")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
@home_option
def flow_export(flow_id: int, version: int | None, as_json: bool, home: Path | None) -> None:
    """Print a published flow as a file. 1 = there is none."""
    settings = settings_of_running(home)
    work = importlib.import_module("otklik.wiring.publish").export
    sys.exit(work(settings, flow_id=flow_id, version=version, as_json=as_json))


@flow.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON: id, version, name.")
@home_option
def flow_list(as_json: bool, home: Path | None) -> None:
    """Print id, version and name of the published flows."""
    settings = settings_of_running(home)
    sys.exit(importlib.import_module("otklik.wiring.publish").show(settings, as_json=as_json))


@flow.command("schema")
def flow_schema() -> None:
    """Print the JSON schema of flow files."""
    sys.exit(importlib.import_module("otklik.wiring.flow").schema())


@main.group()
def token() -> None:
    """Tokens by which programs sign in."""


@token.command("create")
@click.option("--role", required=True, help="Role whose rights it has, by name.")
@click.option("--name", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Life in days [without end].")
@home_option
def create_token(role: str, name: str, days: int | None, home: Path | None) -> None:
    """Make a token; it is shown once."""
    settings = settings_of_running(home)
    sys.exit(importlib.import_module("otklik.wiring.token").main(settings, role=role, name=name, days=days))


@main.group()
def person() -> None:
    """People who sign in."""


@person.command("reset-link")
@click.argument("login")
@home_option
def make_reset_link(login: str, home: Path | None) -> None:
    """Make a one-time link by which LOGIN sets a new password: the way in when nobody can sign in."""
    settings = settings_of_running(home)
    sys.exit(importlib.import_module("otklik.wiring.token").reset_link(settings, login=login))
