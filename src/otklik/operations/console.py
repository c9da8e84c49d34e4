"""Puts what happens at a start into words on the terminal, in the person's language."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import click

from otklik.operations import certificates, launcher, texts
from otklik.operations.credentials import write_secret
from otklik.operations.supervisor import Teller
from otklik.operations.texts import Language
from otklik.settings import Settings

MEGABYTE = 1_000_000
NEWS_EVERY_SECONDS = 2.0


class ConsoleTeller(Teller):
    """Speaks to the person who started the centre."""

    def __init__(self, language: Language, sign_ins_file: Path | None = None) -> None:
        self._language = language
        self._sign_ins_file = sign_ins_file
        self._spoke = 0.0
        self._total = -1

    def step(self, code: str, **facts: Any) -> None:
        """One line for each step; a download every two seconds."""
        if code == "asterisk_download":
            done, total = int(facts.get("done_bytes", 0)), int(facts.get("total_bytes", 0))
            now = time.monotonic()
            if total != self._total:
                # Another file begins: what is over in a moment is not worth a line.
                self._total, self._spoke = total, now
            if now - self._spoke < NEWS_EVERY_SECONDS:
                return
            self._spoke = now
            facts = {"done": f"{done / MEGABYTE:.1f}", "total": f"{total / MEGABYTE:.1f}"}
        if texts.has(self._language, f"serve.{code}"):
            self._say(code, **facts)

    def ready(self, **facts: Any) -> None:
        """Addresses, log-ins, whom to call and how to stop."""
        settings: Settings = facts["settings"]
        seeded: dict[str, Any] = facts["seeded"]
        self._say("ready", seconds=f"{facts['seconds']:.1f}")
        if facts["adopted"]:
            self._say("adopted", names=", ".join(facts["adopted"]))
        self._say("address_here", address=f"http://localhost:{settings.port}")
        if settings.https_bind:
            host = settings.public_host or launcher.own_address()
            authority = certificates.authority_file(settings)
            self._say("address_others", address=f"https://{host}:{settings.https_port}", authority=authority)
        if seeded.get("sign_ins"):
            if self._sign_ins_file is not None:
                write_secret(self._sign_ins_file, json.dumps(seeded["sign_ins"], ensure_ascii=False))
            self._say("sign_ins_demo" if settings.demo else "sign_ins")
            for found in seeded["sign_ins"]:
                self._say("sign_in", login=found["login"], password=found["password"], name=found["name"])
        self._tell_numbers(settings, seeded)
        self._say("how_to_stop", logs=settings.logs)

    def _tell_numbers(self, settings: Settings, seeded: dict[str, Any]) -> None:
        if settings.channel == "simulator":
            self._say("simulated")
            return
        if not seeded.get("numbers"):
            return
        host = launcher.sip_address(settings)
        self._say("call")
        for found in seeded["numbers"]:
            self._say(
                "call_line",
                number=found["number"],
                host=host,
                port=settings.sip_port,
                name=found.get("name", ""),
            )

    def _say(self, code: str, **facts: Any) -> None:
        # Whoever listened may have gone: the centre goes on without words.
        with contextlib.suppress(OSError):
            click.echo(texts.say(self._language, f"serve.{code}", **facts))
