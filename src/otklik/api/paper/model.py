"""What stands on a paper: text that is ready to be read, and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from otklik.api.sheet import Locale
from otklik.organization.logo import Logo

Size = Literal["a4", "us-letter"]
Tone = Literal["ok", "warn", "bad", "plain"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, large. note: below it, small."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Figures:
    items: Sequence[Figure]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Sentences:
    items: Sequence[Sentence]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """rows, total: cells as they are read. total: below the head; empty for none."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """svg: made by us."""

    svg: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Definitions:
    items: Sequence[tuple[str, str]]
    title: str = ""


Block = Figures | Sentences | Table | Picture | Definitions


@dataclass(frozen=True, slots=True)
class Paper:
    """subtitle: of what days, in which zone. foot: on every page. is_wide: across."""

    title: str
    subtitle: str
    foot: str
    locale: Locale
    blocks: Sequence[Block]
    company: str = ""
    logo: Logo | None = None
    size: Size = "a4"
    is_wide: bool = False
    is_dense: bool = False
    words: dict[str, str] = field(default_factory=dict)
