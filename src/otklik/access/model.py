"""People, roles, sign-ins and tokens, as values."""

import re
from datetime import datetime
from typing import Any, NewType

import msgspec

from otklik.access.rights import Right, Sight
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value

RoleId = NewType("RoleId", int)
SignInId = NewType("SignInId", int)
TokenId = NewType("TokenId", int)
WallTokenId = NewType("WallTokenId", int)

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}")
"""What a login looks like."""

PROGRAM = PersonId(0)
"""Stands where a person stands when the program itself did something."""


class Person(Value, kw_only=True):
    """Somebody who may sign in. login: unique without regard to case. is_robot: plays an agent, cannot sign
    in.

    preferences: what the person chose for himself, by name (theme, density, melody, keys ...).
    """

    person_id: PersonId = PersonId(0)
    login: str
    name: str
    language: str = ""
    must_change_password: bool = True
    is_blocked: bool = False
    is_robot: bool = False
    preferences: dict[str, Any] = msgspec.field(default_factory=dict)
    role_ids: tuple[RoleId, ...] = ()
    created_at: datetime | None = None
    seen_at: datetime | None = None


class Role(Value, kw_only=True):
    """An editable set of rights. name: short, in Latin letters, for programs; sees: whose work it shows."""

    role_id: RoleId = RoleId(0)
    name: str = ""
    name_ru: str
    name_en: str
    sees: Sight = Sight.SELF
    rights: frozenset[Right] = frozenset()


class Asker(Value):
    """Who asks: a person who is signed in, or a program with a token. What each request is judged by.

    sign_in_id is 0 for programs, token_id is 0 for people; person_id of a program is 0. sees TEAMS: the teams
    that the person supervises (room organization knows which).
    """

    person_id: PersonId = PROGRAM
    sign_in_id: SignInId = SignInId(0)
    token_id: TokenId = TokenId(0)
    rights: frozenset[Right] = frozenset()
    sees: Sight = Sight.SELF
    must_change_password: bool = False
    expires_at: datetime | None = None

    def may(self, right: Right) -> bool:
        """Whether this right is there. Who must change the password first may nothing else."""
        return right in self.rights and not self.must_change_password


class SignIn(Value):
    """One period of work in one browser. browser: what it calls itself, untrusted text."""

    sign_in_id: SignInId
    person_id: PersonId
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""


class ApiToken(Value):
    """A program's key: the role says what it may do. The token itself is shown once, when it is made."""

    token_id: TokenId
    name: str
    role_id: RoleId
    created_by: PersonId
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class WallToken(Value):
    """Lets a television on the wall watch these dashboards and nothing else; without any, the queues of the
    board. turn_seconds: how long each is shown, 0 for ever. theme: dark, light. language: "" is the
    centre's."""

    wall_token_id: WallTokenId
    name: str
    created_by: PersonId
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    dashboard_ids: tuple[int, ...] = ()
    turn_seconds: int = 0
    theme: str = "dark"
    language: str = ""
    expires_at: datetime | None = None


class AuditLine(Value):
    """Who did what. action: `verb.thing` or a right; facts: plain JSON values, never a secret."""

    audit_id: int
    at: datetime
    person_id: PersonId
    sign_in_id: SignInId
    token_id: TokenId
    address: str
    action: str
    entity: str
    entity_id: int
    facts: dict[str, Any]
