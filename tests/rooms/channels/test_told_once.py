"""What reaches the driver twice, or late: Asterisk's list of phones, and calls that nobody attended."""

import itertools
import time
from pathlib import Path

import pytest

from otklik.channels.asterisk.ari import AriEvent, Channel, ContactStatus, Endpoint
from otklik.channels.asterisk.hearing import Hearing
from otklik.channels.asterisk.legs import Memory
from otklik.channels.asterisk.stock import Stock
from otklik.channels.asterisk.trunks import TrunkWatch
from otklik.channels.asterisk.unattended import UnattendedCall
from otklik.switchboard.signals import ChannelSignal, DeviceRegistered, DeviceUnregistered, LegArrived
from otklik.vocabulary.ids import LegId, SecretId

pytestmark = pytest.mark.fast


async def read_secret(_: SecretId) -> str:
    raise AssertionError("no secret is read here")


class Ears:
    """A hearing without Asterisk. told: what came out of it."""

    def __init__(self) -> None:
        self.told: list[ChannelSignal] = []
        legs = itertools.count(1)
        stock = Stock(read_secret, lambda *_: None)
        self.hearing = Hearing(
            memory=Memory(),
            stock=stock,
            trunks=TrunkWatch(stock, Path("none"), self.told.append),
            spool=Path("none"),
            mint=lambda: LegId(next(legs)),
            tell=self.told.append,
        )

    def hears(self, status: str) -> None:
        contact = ContactStatus(uri="sip:a2@127.0.0.1:5080", contact_status=status)
        self.hearing.hear(
            AriEvent(type="ContactStatusChange", endpoint=Endpoint(resource="a2"), contact_info=contact)
        )

    def shown(self, state: str, asked_at: float) -> str:
        listed = [Endpoint(resource="a1", state="offline"), Endpoint(resource="a2", state=state)]
        first, second = self.hearing.corrected(listed, asked_at)
        assert first.state == "offline", "nothing was told of this one"
        return second.state


def test_a_phone_that_has_just_registered_is_there_whatever_the_list_says() -> None:
    ears = Ears()
    ears.hears("Reachable")
    assert ears.told == [DeviceRegistered(login="a2")]
    assert ears.shown("offline", time.monotonic()) == "online"
    assert ears.shown("offline", time.monotonic() + 60) == "offline", "by then the list knows better"


def test_a_phone_that_has_just_gone_is_gone_whatever_the_list_says() -> None:
    ears = Ears()
    ears.hears("Reachable")
    ears.hears("Removed")
    assert ears.told[1:] == [DeviceUnregistered(login="a2")]
    assert ears.shown("online", time.monotonic()) == "offline"


def test_after_asterisk_has_started_anew_only_its_list_counts() -> None:
    ears = Ears()
    ears.hears("Reachable")
    ears.hearing.forget_phones()
    assert ears.shown("offline", time.monotonic()) == "offline"


def test_a_call_that_came_and_went_without_an_engine_is_told_once() -> None:
    ears = Ears()
    ears.hearing.hold_back()
    came = Channel(id="1790.1", name="PJSIP/trunk-1-00000001")
    ears.hearing.hear(AriEvent(type="StasisStart", channel=came, args=("inbound", "2001", "0")))
    ears.hearing.hear(AriEvent(type="StasisEnd", channel=came))
    call = UnattendedCall(
        channel_id="1790.1", number_called="2001", calling="9161", arrived_ms=0, at_ms=0, is_diverted=False
    )
    ears.hearing.tell_unattended([call], "")
    ears.hearing.let_through()
    assert [type(one) for one in ears.told].count(LegArrived) == 1
