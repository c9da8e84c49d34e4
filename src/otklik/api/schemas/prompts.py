"""Prompts: what customers hear, by language."""

from otklik.api.schemas.base import Schema


class PromptRow(Schema):
    """name: as a flow names it (`greeting`, `site/welcome`). seconds: by language; in a language that is
    missing nothing would be heard. is_shipped: comes with the program and cannot be changed. flows: names of
    published flows that say it."""

    name: str
    seconds: dict[str, float]
    is_shipped: bool
    flows: list[str]


class PromptKept(Schema):
    """What has become of an uploaded audio."""

    name: str
    language: str
    seconds: float
