"""sipp as customers and as agents' phones: our scenarios, filled and run."""

import csv
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.operations.tones import write_tone

SCENARIOS = Path(__file__).parent / "scenarios"
SPEECH_SECONDS = 8


@dataclass(slots=True, frozen=True)
class Place:
    """An address of ours on loopback. media_port: named in offers when no voice is sent."""

    host: str
    port: int
    media_port: int

    @property
    def sip(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(slots=True, frozen=True)
class Outcome:
    """What sipp says of a run."""

    created: int
    successful: int
    failed: int
    retransmitted: int


class Sipp:
    """Runs in one folder; each run leaves its statistics and errors there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._runs = 0
        self._speech = folder / "speech.al"
        _write_speech(folder, self._speech)

    def register(self, phones: Sequence[tuple[str, str]], *, at: Place, centre: str) -> None:
        """Each phone registers from the address at which it will be rung. Raises if one is refused."""
        lines = [f"{login};[authentication username={login} password={secret}]" for login, secret in phones]
        numbers = self._write_lines("phones", lines)
        words = ["-inf", str(numbers), "-m", str(len(phones)), "-r", "100", "-timeout", "30"]
        done = self._start("register", at, centre, [*words, "-oocsn", "ooc_default"], has_voice=False)
        done.process.wait(60)
        # Its exit code counts OPTIONS that it had no time to answer, too.
        if done.outcome().successful < len(phones):
            raise RuntimeError(f"phones could not register: {done.words()}")

    def phones(self, *, at: Place, centre: str, has_voice: bool) -> "Run":
        """Agents' phones until stopped."""
        return self._start("phone", at, centre, [], has_voice=has_voice)

    def customers(
        self, calling: Sequence[str], *, number: str, rate: int, at: Place, centre: str, has_voice: bool
    ) -> "Run":
        """One call from each number, so many each second."""
        numbers = self._write_lines("calling", list(calling))
        words = ["-inf", str(numbers), "-m", str(len(calling)), "-r", str(rate), "-s", number]
        words += [
            "-aa",
            "-oocsn",
            "ooc_default",
            "-l",
            "10000",
            "-timeout",
            str(len(calling) // rate + 60),
            "-recv_timeout",
            "30000",
        ]
        return self._start("customer", at, centre, words, has_voice=has_voice)

    def _start(self, scenario: str, at: Place, centre: str, words: list[str], *, has_voice: bool) -> "Run":
        self._runs += 1
        base = self._folder / f"{self._runs:03d}-{scenario}"
        filled = base.with_suffix(".xml")
        speech = f'<nop><action><exec rtp_stream="{self._speech},-1,8"/></action></nop>'
        text = (SCENARIOS / f"{scenario}.xml").read_text()
        text = text.replace("@SPEECH@", speech if has_voice else "")
        text = text.replace("@MEDIA@", "rtpstream_audio_port" if has_voice else "media_port")
        filled.write_text(text)
        command = ["sipp", centre, "-sf", str(filled), "-i", at.host, "-p", str(at.port), "-mi", at.host]
        command += ["-mp", str(at.media_port), "-nostdin", "-trace_stat", "-fd", "1"]
        command += ["-stf", str(base.with_suffix(".csv")), "-trace_err", "-error_file", f"{base}.err"]
        command += ["-buff_size", "4194304", *words]
        with base.with_suffix(".out").open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder
            )
        return Run(process, base)

    def _write_lines(self, name: str, lines: list[str]) -> Path:
        path = self._folder / f"{self._runs + 1:03d}-{name}.lines"
        path.write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        return path


@dataclass(slots=True)
class Run:
    """One sipp."""

    process: subprocess.Popen[bytes]
    base: Path

    def outcome(self) -> Outcome:
        """From its statistics, once it has ended."""
        with self.base.with_suffix(".csv").open() as lines:
            row = list(csv.DictReader(lines, delimiter=";"))[-1]
        return Outcome(
            created=int(row["TotalCallCreated"]),
            successful=int(row["SuccessfulCall(C)"]),
            failed=int(row["FailedCall(C)"]),
            retransmitted=int(row["Retransmissions(C)"]),
        )

    def words(self) -> str:
        """Its last words, for a person who looks for the reason."""
        path = Path(f"{self.base}.err")
        text = path.read_text(errors="replace") if path.exists() else ""
        return re.sub(r"\s+", " ", text or self.base.with_suffix(".out").read_text(errors="replace"))[-600:]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _write_speech(folder: Path, target: Path) -> None:
    """A sine as raw A-law, which sipp plays."""
    wav = folder / "speech.wav"
    write_tone(wav, 400, seconds=SPEECH_SECONDS)
    pcm = memoryview(wav.read_bytes()[44:]).cast("h")
    target.write_bytes(bytes(_alaw(sample) for sample in pcm))


def _alaw(sample: int) -> int:
    """One sample. Source: ITU-T G.711 (1988), table 1a."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample), 32635) >> 4
    exponent = max(0, magnitude.bit_length() - 5)
    mantissa = (magnitude >> max(1, exponent)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def is_here() -> bool:
    """True if sipp can be run."""
    try:
        return subprocess.run(["sipp", "-v"], capture_output=True, check=False, timeout=10).returncode in (
            0,
            99,
        )
    except OSError:
        return False


def let_settle(seconds: float = 1.5) -> None:
    """The last legs of a run are taken down."""
    time.sleep(seconds)
