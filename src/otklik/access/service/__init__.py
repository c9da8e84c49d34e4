"""What can be asked about sign-in, people, roles and tokens: one public function each.

`connection` is in the caller's transaction, which is committed at the edge. What must be remembered although
it is refused (wrong passwords), and what hashes a password, takes the `pool` and commits by itself. `at` is
the moment, `by` is who asks; each change leaves a line in the audit.
"""

from otklik.access.service.audit import THE_PROGRAM, By, note
from otklik.access.service.password_changes import change_password, find_reset, make_reset_link, use_reset
from otklik.access.service.people import block, change_person, create_person, save_preferences, unblock
from otklik.access.service.programs import (
    create_token,
    make_live_ticket,
    revoke_token,
    use_live_ticket,
)
from otklik.access.service.roles import remove_role, save_role, seed_roles
from otklik.access.service.sign_ins import (
    Opened,
    end_own_sign_in,
    end_sign_ins,
    end_stale_sign_ins,
    find_by_cookie,
    find_by_sign_in,
    find_by_token,
    list_own_sign_ins,
    sign_in,
    sign_out,
)
from otklik.access.service.walls import create_wall_token, find_wall, maker_of, revoke_wall_token

__all__ = [
    "THE_PROGRAM",
    "By",
    "Opened",
    "block",
    "change_password",
    "change_person",
    "create_person",
    "create_token",
    "create_wall_token",
    "end_own_sign_in",
    "end_sign_ins",
    "end_stale_sign_ins",
    "find_by_cookie",
    "find_by_sign_in",
    "find_by_token",
    "find_reset",
    "find_wall",
    "list_own_sign_ins",
    "make_live_ticket",
    "make_reset_link",
    "maker_of",
    "note",
    "remove_role",
    "revoke_token",
    "revoke_wall_token",
    "save_preferences",
    "save_role",
    "seed_roles",
    "sign_in",
    "sign_out",
    "unblock",
    "use_live_ticket",
    "use_reset",
]
