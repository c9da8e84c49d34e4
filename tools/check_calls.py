"""Joins what the customers' side saw with what the centre says: every call once, as it was, and no other.

    .venv/bin/python tools/check_calls.py --sipp messages.log --heard heard/ --export export.json

Imports nothing of otklik, on purpose: it knows SIP, sound and the documented API only, so a mistake of the
product cannot hide in it.

    --sipp    message logs of sipp (-trace_msg): what was placed, answered, ended, and when; a customer is
              known by the user part of his From
    --heard   what each customer heard, as <number>@<milliseconds since 1970>.wav; one sine is one agent
    --export  {"interactions": [...], "recordings": [...]}: the rows of GET /api/v1/interactions and of
              GET /api/v1/recordings of that time; or --url and --token (and --from, --to) to ask here
    --tones   {"agent id": hertz}: who was heard is who answered
    --away    milliseconds since 1970, first-last: no engine was there, so it found later what began or ended
              meanwhile; times of calls that touch this may differ by as much. Nothing else may.

Prints one line for each row that it cannot explain; the exit code is 1 if there is any.
"""

import argparse
import json
import re
import sys
import urllib.parse
import urllib.request
import wave
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Row = dict[str, Any]
Thing = TypeVar("Thing")

STEP_SECONDS = 0.02
AUDIBLE = 1500.0
SHARE_OF_A_SINE = 0.95
HEARD_LEAST_SECONDS = 0.3
"""A talk shorter than this may be answered or abandoned: both ends let go at once."""
FOUND_LATER = timedelta(seconds=5)
"""So long after its return an engine may still find what ended without it."""
ENDED_BY_THE_CENTRE = frozenset(
    {"answered", "closed", "media_failed", "diverted", "callback_promised", "voicemail"}
)
LEFT = frozenset({"abandoned", "short_abandoned", "adopted_lost"})
REFUSED = frozenset({"wrong_number", "congested", "blocked", "invalid_number"})

_SIPP_LINE = re.compile(r"^-{5,}\s*(\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)")
_DIRECTION = re.compile(r"^\w+ message (sent|received)")
_FROM = re.compile(r"^From:\s*.*?sips?:([^@;>]+)@", re.IGNORECASE | re.MULTILINE)
_CALL_ID = re.compile(r"^Call-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_SEQUENCE = re.compile(r"^CSeq:\s*\d+\s+(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Call:
    """One call as the customer's side saw it. heard: first moment and seconds of each tone, by hertz."""

    number: str
    placed_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    refused_with: int = 0
    heard: dict[int, tuple[datetime, float]] = field(default_factory=dict)


def main() -> int:
    asked = _arguments()
    calls = [call for log in asked.sipp for call in read_sipp(Path(log))]
    tones = {int(agent): int(hertz) for agent, hertz in json.loads(asked.tones or "{}").items()}
    hertz = sorted(set(tones.values())) or [int(one) for one in asked.hertz.split(",")]
    add_hearings(calls, Path(asked.heard), hertz)
    if asked.export:
        export = json.loads(Path(asked.export).read_text())
    else:
        export = fetch(asked.url, Path(asked.token).read_text().strip(), asked.first, asked.end)
    for name, listed in export.items():
        export[name] = [row for row in listed if re.search(asked.numbers, row["number"] or "")]
    away = [(from_ms(first), from_ms(last)) for first, _, last in (one.partition("-") for one in asked.away)]
    rules = Rules(tones=tones, slack=timedelta(seconds=asked.slack), away=away)
    unexplained = list(check(calls, export, rules))
    for line in unexplained:
        sys.stdout.write(line + "\n")
    rows = len(export["interactions"])
    sys.stdout.write(f"{len(calls)} calls, {rows} interactions, {len(unexplained)} unexplained\n")
    return 1 if unexplained or not calls else 0


@dataclass(slots=True)
class Rules:
    """tones: hertz by agent. slack: by which times may differ. away: when nobody could see what happened."""

    tones: dict[int, int]
    slack: timedelta
    away: list[tuple[datetime, datetime]]

    def slack_for(self, call: Call) -> timedelta:
        """More for a call that was up while no engine was there."""
        ended = call.ended_at or call.placed_at
        touched = [last - first for first, last in self.away if call.placed_at <= last and ended >= first]
        return self.slack + sum(touched, timedelta(0)) + (FOUND_LATER if touched else timedelta(0))

    def nobody_saw(self, heard: dict[int, tuple[datetime, float]]) -> bool:
        """All that was heard began and ended while no engine was there: it cannot know of the talk."""
        first = min(found[0] for found in heard.values())
        last = max(found[0] + timedelta(seconds=found[1]) for found in heard.values())
        return any(away[0] - self.slack <= first and last <= away[1] for away in self.away)


def check(calls: list[Call], export: dict[str, Any], rules: Rules) -> Iterator[str]:
    """Each call against its rows, then each row against the calls; a line for each that does not fit."""
    yield from doubles(export["interactions"])
    rows_by_number = by_number(
        [row for row in export["interactions"] if row["direction"] == "inbound"], lambda row: row["number"]
    )
    recordings: dict[str, list[Row]] = defaultdict(list)
    for recording in export.get("recordings", []):
        recordings[recording["interaction_id"]].append(recording)
    for number, placed in by_number(calls, lambda call: call.number).items():
        rows = sorted(rows_by_number.pop(number, []), key=lambda row: str(row["started_at"]))
        if len(rows) != len(placed):
            yield f"{number}: {len(placed)} calls placed, {len(rows)} interactions in the export"
            continue
        for call, row in zip(sorted(placed, key=lambda one: one.placed_at), rows, strict=True):
            for trouble in troubles(call, row, recordings[row["interaction_id"]], rules):
                yield f"{number}: {trouble}"
    for number, rows in rows_by_number.items():
        for row in rows:
            yield f"{number}: interaction {row['interaction_id']} ({row['outcome']}), nobody placed it"


def doubles(rows: list[Row]) -> Iterator[str]:
    """Interactions that stand more than once in the export."""
    count = Counter(row["interaction_id"] for row in rows)
    for interaction_id, times in count.items():
        if times > 1:
            yield f"interaction {interaction_id} stands {times} times in the export"


def by_number(things: Iterable[Thing], number_of: Callable[[Thing], str]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        found[digits(number_of(thing))].append(thing)
    return found


def troubles(call: Call, row: Row, recordings: list[Row], rules: Rules) -> Iterator[str]:
    """What does not fit between a call and its interaction."""
    slack = rules.slack_for(call)
    started = moment(row["started_at"])
    if abs(started - call.placed_at) > slack:
        yield f"placed at {call.placed_at:%H:%M:%S.%f}, the interaction began at {started:%H:%M:%S.%f}"
    outcome = row["outcome"]
    if not outcome:
        yield "the call is over, the interaction is not"
        return
    if call.refused_with:
        if outcome not in REFUSED:
            yield f"refused with {call.refused_with}, outcome {outcome}"
        return
    talk = row["talk_seconds"] or 0.0
    heard = {hertz: found for hertz, found in call.heard.items() if found[1] >= HEARD_LEAST_SECONDS}
    if heard:
        yield from _answered(call, row, recordings, rules, heard)
    elif outcome == "answered" and talk >= HEARD_LEAST_SECONDS + slack.total_seconds():
        yield f"answered with {talk} s of talk, but no agent was heard"
    elif outcome not in LEFT | ENDED_BY_THE_CENTRE:
        yield f"nobody was heard, outcome {outcome}"
    elif call.ended_by == "customer" and outcome not in LEFT | {"answered"}:
        yield f"the customer left, outcome {outcome}"


def _answered(
    call: Call,
    row: Row,
    recordings: list[Row],
    rules: Rules,
    heard: dict[int, tuple[datetime, float]],
) -> Iterator[str]:
    """An agent was heard: outcome, agent, times and the recording must say so."""
    seconds, slack, tones = sum(found[1] for found in heard.values()), rules.slack_for(call), rules.tones
    if row["outcome"] in LEFT and rules.nobody_saw(heard):
        return
    if row["outcome"] != "answered":
        yield f"an agent was heard for {seconds:.1f} s, outcome {row['outcome']}"
        return
    wanted = tones.get(row["agent_id"] or 0)
    if tones and wanted not in heard:
        yield f"agent {row['agent_id']} answered, but {sorted(heard)} Hz was heard"
    if abs((row["talk_seconds"] or 0.0) - seconds) > slack.total_seconds():
        yield f"talk of {row['talk_seconds']} s, heard {seconds:.1f} s"
    waited = min(found[0] for found in heard.values()) - call.placed_at
    if abs((row["wait_seconds"] or 0.0) - waited.total_seconds()) > slack.total_seconds():
        yield f"wait of {row['wait_seconds']} s, the agent was heard after {waited.total_seconds():.1f} s"
    stored = [one for one in recordings if one["state"] == "stored"]
    if not row["has_recording"] or len(stored) != 1:
        yield f"answered, has_recording {row['has_recording']}, {len(stored)} recordings stored"
    elif abs(stored[0]["duration_seconds"] - (row["talk_seconds"] or 0.0)) > slack.total_seconds():
        yield f"recording of {stored[0]['duration_seconds']} s, talk of {row['talk_seconds']} s"


# --- what the customers' side saw


def read_sipp(log: Path) -> list[Call]:
    """The calls in a message log of sipp, in order."""
    calls: dict[str, Call] = {}
    for at, direction, message in sipp_messages(log.read_text(errors="replace")):
        call_id, sequence = _CALL_ID.search(message), _SEQUENCE.search(message)
        if call_id is None or sequence is None:
            continue
        first = message.partition("\n")[0].strip()
        call = calls.get(call_id[1])
        if call is None:
            number = _FROM.search(message)
            if direction == "sent" and first.startswith("INVITE ") and number is not None:
                calls[call_id[1]] = Call(number=number[1], placed_at=at)
            continue
        if direction == "received" and first.startswith("SIP/2.0 ") and sequence[1] == "INVITE":
            status = int(first.split()[1])
            if 200 <= status < 300:
                call.answered_at = call.answered_at or at
            elif status >= 300:
                call.ended_at = call.ended_at or at
                call.refused_with = 0 if status == 487 else status
        elif first.startswith(("BYE ", "CANCEL ")):
            call.ended_at = call.ended_at or at
            call.ended_by = call.ended_by or ("customer" if direction == "sent" else "centre")
    return list(calls.values())


def sipp_messages(text: str) -> Iterator[tuple[datetime, str, str]]:
    """Moment, direction and text of each message; sipp writes the local time of this machine."""
    at: datetime | None = None
    direction = ""
    lines: list[str] = []
    for line in text.splitlines():
        begins = _SIPP_LINE.match(line)
        if begins is not None:
            if at is not None and direction:
                yield at, direction, "\n".join(lines).strip()
            at = datetime.fromisoformat(f"{begins[1]} {begins[2]}").astimezone()
            direction, lines = "", []
            continue
        found = _DIRECTION.match(line)
        if found is not None and not direction:
            direction = found[1]
        else:
            lines.append(line)
    if at is not None and direction:
        yield at, direction, "\n".join(lines).strip()


def add_hearings(calls: list[Call], folder: Path, hertz: list[int]) -> None:
    """What each customer heard, to the call that it belongs to."""
    known = by_number(calls, lambda call: call.number)
    for path in sorted(folder.glob("*@*.wav")):
        number, _, began = path.stem.partition("@")
        began_at = from_ms(began)
        placed = [call for call in known.get(digits(number), []) if call.placed_at <= began_at]
        if placed:
            call = max(placed, key=lambda one: one.placed_at)
            call.heard |= tones_in(path, began_at, hertz)


def tones_in(path: Path, began_at: datetime, hertz: list[int]) -> dict[int, tuple[datetime, float]]:
    """First moment and seconds of each sine; music has every pitch, a sine is nearly all that is heard."""
    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    step = int(rate * STEP_SECONDS)
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    power = (frames**2).mean(axis=1)
    found: dict[int, tuple[datetime, float]] = {}
    for one in hertz:
        wave_of = np.exp(-2j * np.pi * one * np.arange(step) / rate)
        amplitude = np.abs(frames @ wave_of) * 2 / step
        places = np.flatnonzero((amplitude > AUDIBLE) & (amplitude**2 / 2 > SHARE_OF_A_SINE * power))
        if len(places):
            first = began_at + timedelta(seconds=float(places[0]) * STEP_SECONDS)
            found[one] = (first, float(len(places)) * STEP_SECONDS)
    return found


# --- what the centre says


def fetch(url: str, token: str, first: str, end: str) -> dict[str, Any]:
    """Both lists from the API, all pages."""
    lists = {}
    for name in ("interactions", "recordings"):
        rows: list[Any] = []
        cursor = ""
        while True:
            query = {"from": first, "to": end, "limit": "500"} | ({"cursor": cursor} if cursor else {})
            address = f"{url}/api/v1/{name}?{urllib.parse.urlencode(query)}"
            request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                page = json.load(answer)
            rows += page["rows"]
            cursor = page["next"] or ""
            if not cursor:
                break
        lists[name] = rows
    return lists


def from_ms(text: str) -> datetime:
    return datetime.fromtimestamp(int(text) / 1000).astimezone()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def digits(text: str) -> str:
    """A number without its signs; the last ten digits are the same in all its forms."""
    return "".join(sign for sign in text if sign.isdigit())[-10:]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sipp", nargs="+", required=True, help="message logs of sipp")
    parser.add_argument("--heard", required=True, help="folder of what the customers heard")
    parser.add_argument("--export", help="file with both lists of the API")
    parser.add_argument("--url", help="address of the centre, to ask for the lists here")
    parser.add_argument("--token", help="file that holds a token for --url")
    parser.add_argument("--from", dest="first", default="", help="first day, with --url")
    parser.add_argument("--to", dest="end", default="", help="the day after the last one, with --url")
    parser.add_argument("--tones", help='JSON: {"agent id": hertz}')
    parser.add_argument("--numbers", default="", help="judge only rows whose number matches this pattern")
    parser.add_argument("--away", nargs="*", default=[], help="first-last, milliseconds since 1970")
    parser.add_argument("--hertz", default="700", help="agents' tones without --tones, with commas")
    parser.add_argument("--slack", type=float, default=1.0, help="seconds by which times may differ")
    asked = parser.parse_args()
    if not asked.export and not (asked.url and asked.token and asked.first and asked.end):
        parser.error("--export, or --url with --token, --from and --to")
    return asked


if __name__ == "__main__":
    sys.exit(main())
