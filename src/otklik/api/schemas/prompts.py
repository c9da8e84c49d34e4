"""Prompts: what customers hear, by language."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Moment, Schema

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PromptName = Annotated[str, Field(max_length=100)]


class PromptRow(Schema):
    """name: as a flow names it (`greeting`, `site/welcome`). seconds: by language; in a language that is
    missing nothing would be heard. is_shipped: comes with the program and cannot be changed. flows, queues:
    names of the published flows, and of the queues with a way out, that say it: while there are any it is
    neither removed nor renamed. changed_at: of a site's one, the newest language."""

    name: str
    seconds: dict[str, float]
    is_shipped: bool
    flows: list[str]
    queues: list[str]
    changed_at: Moment | None


class PromptKept(Schema):
    """What has become of an uploaded, spoken or restored audio. sha256: of its sound on the line."""

    name: str
    language: str
    seconds: float
    sha256: str


class PromptNewName(Schema):
    """name: without `site/`."""

    name: PromptName


class PromptRestore(Schema):
    """sha256: of a version in the prompt's history that is kept."""

    sha256: Sha256


class SpeechWish(Schema):
    """What is to be spoken, by which engine and voice of `GET /prompts/engines`. pace: not every engine has
    one."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    engine: Annotated[str, Field(max_length=40)]
    voice: Annotated[str, Field(max_length=60)]
    pace: Literal["slow", "usual", "fast"] = "usual"


class SpeechVoice(Schema):
    """name: as its engine calls it."""

    name: str
    language: str


class SpeechEngine(Schema):
    """is_there: installed on this machine. voices: those that can be used now."""

    name: str
    is_there: bool
    has_pace: bool
    voices: list[SpeechVoice]


class PromptChange(Schema):
    """A line of a prompt's history. action: saved, removed, renamed. source: upload, microphone, speech,
    restore, or empty. sha256: the sound of that moment (of what was removed); is_kept: it can be heard and
    brought back. before: the old name of one that was renamed."""

    at: Moment
    by_name: str
    action: str
    language: str
    source: str
    text: str
    engine: str
    voice: str
    pace: str
    seconds: float | None
    sha256: str
    is_kept: bool
    before: str
