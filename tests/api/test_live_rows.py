"""What the feed says, without a server: golden feeds, deltas, the buttons of a desk, masks."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.access.rights import Right
from otklik.acd.model import AgentState, Phase
from otklik.api import live_rows
from otklik.api.live_rows import (
    AgentNow,
    AgentTile,
    Board,
    BoardChange,
    Desk,
    InteractionNow,
    InteractionTile,
    QueueTile,
    Scope,
    WrapUp,
    allowed_actions,
    changes,
    folded,
    masked,
)
from otklik.api.live_seen import Directory, Note, Seen
from otklik.api.live_tiles import DeskInteraction
from otklik.organization.model import Site
from otklik.reports import codes

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent.parent
AGENT_RIGHTS = frozenset({Right.TAKE_CALLS, Right.DIAL_NUMBERS})


def golden(name: str) -> list[dict]:
    return json.loads((ROOT / "tests" / "fixtures" / "live" / f"{name}.json").read_text())["steps"]


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden", ROOT / "tools" / "write_golden_feeds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_golden_feeds_are_those_that_the_hub_makes() -> None:
    for name, text in writer().written().items():
        assert (ROOT / "tests" / "fixtures" / "live" / name).read_text() == text, (
            f"{name}: python tools/write_golden_feeds.py"
        )


def test_a_board_that_is_folded_from_the_golden_feed_is_the_one_that_was_meant() -> None:
    board: Board | None = None
    seq = ""
    for step in golden("board"):
        message = step["message"]
        if message["k"] == "s":
            board = msgspec.convert(message, Board)
        else:
            assert board is not None
            assert message["prev"] == seq
            board = folded(board, msgspec.convert(message, BoardChange))
        seq = message["seq"]
        assert board == msgspec.convert(step["after"], Board)


def test_a_desk_of_the_golden_feed_is_whole_in_every_message() -> None:
    for step in golden("desk"):
        assert msgspec.convert(step["message"], Desk) == msgspec.convert(step["after"], Desk)


def test_the_golden_desk_goes_through_a_whole_call() -> None:
    states = [step["after"]["agent"]["state"] for step in golden("desk")]

    assert states == ["ready", "ready", "offered", "connected", "held", "wrap_up", "not_ready"]
    assert [step["after"]["actions"] for step in golden("desk")][1:] == [
        ["not_ready", "sign_out", "call_colleague", "dial"],
        ["answer", "decline", "not_ready"],
        ["hold", "hang_up", "keys", "outcome", "not_ready", "transfer", "consult"],
        ["resume", "hang_up", "outcome", "ready", "not_ready", "transfer", "consult"],
        ["finish_wrap_up", "outcome", "ready", "not_ready", "extend_wrap_up", "call_colleague", "dial"],
        ["ready", "not_ready", "sign_out", "call_colleague", "dial"],
    ]


# --- deltas


def tiles(kind: type, identity: st.SearchStrategy) -> st.SearchStrategy:
    """A few tiles of a kind with different ids, of which two fields vary."""
    fields = msgspec.structs.fields(kind)

    def build(key: object, number: int) -> object:
        values = {
            field.name: number if field.type in (int, float) else None if field.name != "name" else "x"
            for field in fields
        }
        return kind(**{**values, "id": key})

    return st.lists(st.tuples(identity, st.integers(0, 2)), max_size=6, unique_by=lambda pair: pair[0]).map(
        lambda pairs: tuple(
            build(key, number) for key, number in sorted(pairs, key=lambda pair: int(pair[0]))
        )
    )


NUMBERS = st.integers(1, 8)
boards = st.builds(
    Board,
    agents=tiles(AgentTile, NUMBERS),
    queues=tiles(QueueTile, NUMBERS),
    interactions=tiles(InteractionTile, NUMBERS.map(str)),
)


@given(boards, boards)
def test_a_delta_leads_from_any_board_to_any_other(before: Board, after: Board) -> None:
    change = changes(before, after)

    assert (folded(before, change) if change else before) == after


@given(boards)
def test_nothing_is_said_when_nothing_changed(board: Board) -> None:
    assert changes(board, board) is None


@given(boards, boards)
def test_a_delta_names_only_what_differs(before: Board, after: Board) -> None:
    change = changes(before, after)
    known = set(before.agents)

    assert change is None or not known & set(change.agents)


# --- buttons


def agent(state: AgentState, **more: object) -> AgentNow:
    return AgentNow(agent_id=1, state=codes.AGENT_STATES[state], device_reachable=True, **more)


@pytest.mark.parametrize("state", list(AgentState))
def test_whoever_takes_no_calls_has_no_buttons(state: AgentState) -> None:
    assert allowed_actions(agent(state), None, frozenset(Right) - {Right.TAKE_CALLS}) == ()


def test_without_a_phone_nobody_gets_ready_or_dials() -> None:
    now = AgentNow(agent_id=1, state=codes.NOT_READY, device_reachable=False)

    assert allowed_actions(now, None, AGENT_RIGHTS) == ("not_ready", "sign_out")


def test_dialling_needs_its_own_right() -> None:
    found = allowed_actions(agent(AgentState.READY), None, frozenset({Right.TAKE_CALLS}))

    assert "dial" not in found


def test_a_wrap_up_at_its_limit_is_not_extended() -> None:
    now = agent(AgentState.WRAP_UP)
    at_limit = WrapUp(interaction_id="1", deadline_ms=10, limit_ms=10)

    assert "extend_wrap_up" not in allowed_actions(now, None, AGENT_RIGHTS, wrap_up=at_limit)


def test_keys_are_pressed_while_the_far_end_is_dialled_and_not_while_a_customer_is_connected_to() -> None:
    dialing = InteractionNow(interaction_id=1, phase=codes.PHASES[Phase.DIALING])
    connecting = InteractionNow(interaction_id=1, phase=codes.PHASES[Phase.CONNECTING])
    now = agent(AgentState.CONNECTING)

    assert "keys" in allowed_actions(now, dialing, AGENT_RIGHTS)
    assert "keys" not in allowed_actions(now, connecting, AGENT_RIGHTS)


def test_what_was_wished_for_the_time_after_can_be_taken_back() -> None:
    plain = allowed_actions(agent(AgentState.CONNECTED), None, AGENT_RIGHTS)
    wished = allowed_actions(agent(AgentState.CONNECTED, intent="not_ready"), None, AGENT_RIGHTS)

    assert "ready" not in plain
    assert "ready" in wished


# --- colleagues


CALL, CONSULT = 1, 2
SEES_NUMBERS = frozenset({Right.TAKE_CALLS, Right.VIEW_NUMBERS})


def seen_with(*interactions: InteractionNow, notes: dict[int, str] | None = None) -> Seen:
    """A centre of Anna (1), Boris (2) and Vera (3)."""
    return Seen(
        seq=1,
        at_ms=0,
        directory=Directory(site=Site(name="Small", zone="UTC"), people={1: "Anna", 2: "Boris", 3: "Vera"}),
        interactions={row.interaction_id: row for row in interactions},
        numbers={5: "+79161234567", 6: "+79167654321"},
        notes={key: Note(note=text) for key, text in (notes or {}).items()},
    )


def row(interaction_id: int, phase: Phase, **more: object) -> InteractionNow:
    ties = more.pop("ties", None)
    return InteractionNow(
        interaction_id=interaction_id,
        phase=codes.PHASES[phase],
        ties=json.dumps(ties) if ties else "",
        **more,
    )


def shown(seen: Seen, agent_id: int, state: AgentState, interaction: InteractionNow) -> DeskInteraction:
    now = AgentNow(agent_id=agent_id, state=codes.AGENT_STATES[state])
    return live_rows.desk_interaction(seen, now, interaction, SEES_NUMBERS)


def test_whoever_is_asked_sees_who_asks_which_customer_and_what_is_written_before_he_answers() -> None:
    call = row(CALL, Phase.HELD, agent_id=1, party_id=5, ties={"consult": CONSULT})
    asked = row(CONSULT, Phase.OFFERED, agent_id=2, ties={"caller": 1, "consult_of": CALL, "agent": 2})
    found = shown(seen_with(call, asked, notes={CALL: "wants a refund"}), 2, AgentState.OFFERED, asked)

    assert (found.colleague, found.about, found.number) == ("Anna", str(CALL), "+79161234567")
    assert (found.about_note, found.note, found.is_return) == ("wants a refund", "", False)


def test_a_failed_consultation_is_shown_to_the_one_who_asked_only() -> None:
    failed = {"caller": 1, "agent": 0, "queue": 0, "party": 6, "reason": "no_answer", "at": 40}
    call = row(CALL, Phase.CONNECTED, agent_id=1, party_id=5, ties={"failed": failed})
    seen = seen_with(call)

    own = shown(seen, 1, AgentState.CONNECTED, call).failed_consult
    assert own is not None
    assert (own.number, own.reason, own.at_ms) == ("+79167654321", "no_answer", 40)
    assert shown(seen, 2, AgentState.CONNECTED, call).failed_consult is None


def test_a_conferee_sees_whose_conference_it_is_and_who_else_is_there() -> None:
    others = [[7, 2, 0], [8, 3, 0], [9, 0, 6]]
    call = row(CALL, Phase.CONNECTED, agent_id=1, party_id=5, ties={"others": others})
    found = shown(seen_with(call), 2, AgentState.CONNECTED, call)

    assert (found.role, found.colleague) == ("conferee", "Anna")
    assert [(one.name, one.number) for one in found.others] == [("Vera", ""), ("", "+79167654321")]


def test_a_customer_who_comes_back_to_the_agent_who_gave_him_away_says_so() -> None:
    call = row(CALL, Phase.OFFERED, agent_id=1, party_id=5, ties={"from": 1, "agent": 2})

    assert shown(seen_with(call), 1, AgentState.OFFERED, call).is_return
    other = shown(seen_with(call), 2, AgentState.OFFERED, call)
    assert (other.is_return, other.colleague) == (False, "Anna")


# --- sight and masks


def test_a_scope_of_no_team_still_holds_oneself() -> None:
    own = live_rows.Agent(agent_id=7, team_ids=(1,))
    other = live_rows.Agent(agent_id=8, team_ids=(1,))
    scope = Scope(teams=frozenset(), agent_id=7)

    assert scope.sees(own)
    assert not scope.sees(other)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_number_shows_its_beginning_and_four_digits(number: str) -> None:
    shown = masked(number)

    assert len(shown) == len(number)
    assert shown[-4:] == number[-4:]
    assert sum(sign.isdigit() for sign in shown) <= 5


@pytest.mark.parametrize(("number", "shown"), [("", ""), ("1000", "1000"), ("12345", "•••45")])
def test_a_short_number_is_no_secret_or_shows_two_digits(number: str, shown: str) -> None:
    assert masked(number) == shown
