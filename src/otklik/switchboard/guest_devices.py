"""What the media server must know of customers who call from their browsers."""

from datetime import datetime

from otklik.switchboard.calls import Calls, Guest
from otklik.switchboard.events import GuestExpected, GuestGone
from otklik.switchboard.instructions import ProvisionDevice
from otklik.vocabulary.ids import AgentId, InteractionId

KIND = "guest"
VIDEO_CODECS = ("alaw", "vp8")
"""A-law so that nothing is transcoded and the recording is right; VP8 is what every browser speaks."""


def guest_devices(calls: Calls) -> list[ProvisionDevice]:
    """What the media server must know of them."""
    return [guest_device(guest) for guest in calls.guests.values()]


def guest_device(guest: Guest | GuestExpected) -> ProvisionDevice:
    """His login and nothing more."""
    return ProvisionDevice(
        agent_id=AgentId(0), login=guest.login, kind=KIND, secret_id=guest.secret_id, codecs=VIDEO_CODECS
    )


def guest_gone(calls: Calls, interaction_id: InteractionId, at: datetime) -> list[GuestGone]:
    """His talk is over: his login is, too."""
    guest = calls.guest_in(interaction_id)
    if guest is None:
        return []
    return [GuestGone(at=at, login=guest.login, invitation_id=guest.invitation_id)]


def overdue_guests(calls: Calls, at: datetime) -> list[GuestGone]:
    """Those who have not called in time."""
    return [
        GuestGone(at=at, login=guest.login, invitation_id=guest.invitation_id)
        for guest in calls.guests.values()
        if not guest.interaction_id and guest.until < at
    ]
