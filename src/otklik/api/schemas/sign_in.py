"""Sign-in, oneself, one's preferences and sign-ins."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Login, Moment, Password, Schema

Language = Literal["ru", "en"]
Theme = Literal["light", "dark", "auto"]
Density = Literal["compact", "normal", "comfortable"]


class Public(Schema):
    """What the page needs before anyone is signed in, and a television for ever. logo: which one there is,
    "" for none."""

    name: str
    logo: str = ""
    zone: str
    language: Language
    version: str
    build: str
    languages: list[str]
    is_demo: bool
    channel: Literal["asterisk", "simulator"]
    phone_codec: Literal["alaw", "opus"]


class SignIn(Schema):
    login: Login
    password: Password


class Preferences(Schema):
    """How one wants to work; kept per person. pinned: who and what stands first on his board."""

    melody: str = "classic"
    ring_volume: float = 0.8
    microphone_id: str = ""
    speaker_id: str = ""
    ringer_id: str = ""
    keys: dict[str, str] = Field(default_factory=dict)
    pinned_queue_ids: list[int] = Field(default_factory=list)
    pinned_agent_ids: list[int] = Field(default_factory=list)


class PreferencesChange(Schema):
    """Only what is given changes. Device ids are those of the browser that sends them."""

    language: Language | None = None
    theme: Theme | None = None
    density: Density | None = None
    melody: Annotated[Line, Field(max_length=40)] | None = None
    ring_volume: Annotated[float, Field(ge=0, le=1)] | None = None
    microphone_id: Line | None = None
    speaker_id: Line | None = None
    ringer_id: Line | None = None
    keys: Annotated[dict[Line, Line], Field(max_length=60)] | None = None
    pinned_queue_ids: Annotated[list[Id], Field(max_length=100)] | None = None
    pinned_agent_ids: Annotated[list[Id], Field(max_length=200)] | None = None


class TeamName(Schema):
    id: int
    name: str


class Me(Schema):
    """The person who is signed in. agent: whether he takes calls."""

    person_id: int
    login: str
    name: str
    language: Language
    theme: Theme
    density: Density
    rights: list[str]
    agent: bool
    teams: list[TeamName]
    must_change_password: bool
    preferences: Preferences
    zone: str
    country: str


class SignedInAnswer(Schema):
    person: Me
    must_change_password: bool


class PasswordChange(Schema):
    current: Password
    new: Password


class NewPassword(Schema):
    new: Password


class ResetOf(Schema):
    """Whose password a one-time link sets."""

    login: str
    name: str


class SignInRow(Schema):
    """One place where the person is signed in."""

    id: Id
    started_at: Moment
    last_seen_at: Moment
    address: str
    browser: str
    is_this: bool


class Ticket(Schema):
    """For one connection of the live feed, within 30 seconds."""

    ticket: str


class RightRow(Schema):
    """One right, with its words."""

    right: str
    name_ru: str
    name_en: str
    area: str
