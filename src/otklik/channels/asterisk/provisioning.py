"""Devices, trunks and rules as what is pushed into Asterisk's memory. Pure: an instruction in, requests out.

A push is an object of SIP (`PUT asterisk/config/dynamic/res_pjsip/<type>/<name>`) or a global variable of the
dialplan. Order matters: an endpoint comes after its auth and aor, a registration and an identify after the
endpoint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from otklik.channels.asterisk.legs import trunk_endpoint
from otklik.switchboard.instructions import (
    ProvisionDevice,
    ProvisionTrunk,
    SetFallback,
    SetNumberRules,
)

_LOGIN = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$")
_HOST = re.compile(r"^[a-zA-Z0-9.:\[\]-]{1,253}$")
_NETWORK = re.compile(r"^[0-9a-fA-F.:\[\]]{2,45}(/[0-9]{1,3})?$|^[a-zA-Z0-9.-]{1,253}$")
_LANGUAGE = re.compile(r"^[a-z]{2}$")
_CODEC = re.compile(r"^[a-z0-9]{2,16}$")

_PICTURES = 4
"""Streams of video of one browser: its own and those of three others."""
UNRECORDED, SPOKEN = "OTKLIK_NOREC_", "OTKLIK_LANGUAGE_"
"""Beginnings of the names of variables, one for each number."""


class BadProvision(ValueError):
    """A device or trunk with a value that cannot stand in Asterisk's configuration; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Push:
    """One object of SIP. fields: in the order in which they are to be set (`disallow` before `allow`)."""

    kind: str
    name: str
    fields: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return f"asterisk/config/dynamic/res_pjsip/{self.kind}/{self.name}"

    @property
    def body(self) -> Mapping[str, object]:
        return {"fields": [{"attribute": name, "value": value} for name, value in self.fields]}


def device_pushes(device: ProvisionDevice, secret: str) -> list[Push]:
    """A browser's or a SIP phone's endpoint; it can reach the context `agents` only, and a guest's browser
    the context `from-guest`."""
    _check(_LOGIN, device.login, "login")
    if device.login.startswith("trunk-"):
        raise BadProvision("login")
    _check_secret(secret)
    name = device.login
    endpoint = [
        ("context", "agents"),
        # By name and digest only, whatever trunk may have its address.
        ("identify_by", "username"),
        ("auth", name),
        ("aors", name),
        # Picture only where it is asked for: a call that offers none has none.
        *_codecs((*device.codecs, "vp8") if device.kind == "browser" else device.codecs),
        ("direct_media", "no"),
        ("allow_transfer", "no"),
        ("allow_subscribe", "no"),
        ("rewrite_contact", "yes"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        # A phone that fell silent without a word (a closed lid, a dead battery) is a lost phone.
        ("rtp_timeout", "15"),
        ("rtp_timeout_hold", "300"),
    ]
    if device.kind == "browser":
        # DTLS certificate, ICE, AVPF and rtcp-mux are implied.
        endpoint += [("webrtc", "yes"), ("max_video_streams", str(_PICTURES))]
    elif device.kind == "guest":
        # He calls and is never called: no place to register.
        guest = dict(endpoint) | {"context": "from-guest", "webrtc": "yes", "aors": ""}
        guest["max_video_streams"] = str(_PICTURES)
        return [
            Push("auth", name, (("auth_type", "digest"), ("username", name), ("password", secret))),
            Push("endpoint", name, tuple((key, value) for key, value in guest.items() if value)),
        ]
    else:
        endpoint += [("transport", ""), ("timers", "yes")]
    return [
        Push("auth", name, (("auth_type", "digest"), ("username", name), ("password", secret))),
        Push(
            "aor",
            name,
            (
                ("max_contacts", "1"),
                ("remove_existing", "yes"),
                ("minimum_expiration", "30"),
                ("default_expiration", "300"),
                ("qualify_frequency", "15"),
                ("qualify_timeout", "4.0"),
            ),
        ),
        Push("endpoint", name, tuple((key, value) for key, value in endpoint if value)),
    ]


def device_removals(login: str) -> list[str]:
    """Paths to delete, outermost first: no new call may come while the rest goes."""
    return [f"asterisk/config/dynamic/res_pjsip/{kind}/{login}" for kind in ("endpoint", "aor", "auth")]


def _is_nobody(trunk: ProvisionTrunk) -> bool:
    """A trunk of this machine, from any port: phones that call in. There is no far end to ask, and none that
    could be down."""
    return trunk.port == 0 and trunk.host in ("127.0.0.1", "::1", "localhost")


def trunk_pushes(trunk: ProvisionTrunk, secret: str) -> list[Push]:
    """A trunk by address, or with a registration of ours; its calls enter the context `from-trunk` only.

    port 0 = whatever port the far end sends from; otherwise address and port must both match, so several
    trunks may share an address.
    """
    _check(_HOST, trunk.host, "host")
    if not 0 <= trunk.port < 65536:
        raise BadProvision("port")
    for value, field in ((trunk.login, "login"), (trunk.from_domain, "from_domain")):
        if re.search(r"[\s;<>\"\\]", value):
            raise BadProvision(field)
    for further in trunk.addresses:
        _check(_NETWORK, further, "addresses")
    name = trunk_endpoint(trunk.trunk_id)
    address = _address(trunk)
    pushes: list[Push] = []
    endpoint = [
        ("context", "from-trunk"),
        # By address only: whoever writes a trunk's name into From is nobody.
        ("identify_by", "ip"),
        ("aors", name),
        *_codecs(trunk.codecs),
        ("direct_media", "no"),
        ("allow_transfer", "no"),
        ("allow_subscribe", "no"),
        ("send_pai", "yes"),
        ("trust_id_inbound", "no"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        ("rewrite_contact", "yes"),
        # A far end that vanished without a BYE is found out by asking it in the dialog, also where it knows
        # nothing of session timers ("always"): measured, 45 s after the last word, then 32 s without an
        # answer and 32 s for the BYE, so 109 s after the loss at most. Silence alone proves nothing: a muted
        # caller may send no packet for minutes, and an rtp_timeout of 60 s ended such calls at 60.0 s. It is
        # the last net only, for a far end that answers and has lost the voice.
        ("timers", "always"),
        ("timers_min_se", "90"),
        ("timers_sess_expires", "90"),
        ("rtp_timeout", "600"),
        ("rtp_timeout_hold", "3600"),
        ("from_domain", trunk.from_domain),
    ]
    if trunk.login:
        _check_secret(secret)
        pushes.append(
            Push("auth", name, (("auth_type", "digest"), ("username", trunk.login), ("password", secret)))
        )
        endpoint += [("outbound_auth", name)]
    pushes.append(
        Push(
            "aor",
            name,
            (
                ("contact", f"sip:{address}"),
                ("qualify_frequency", "0" if _is_nobody(trunk) else "20"),
                ("qualify_timeout", "4.0"),
            ),
        )
    )
    pushes.append(Push("endpoint", name, tuple((key, value) for key, value in endpoint if value)))
    pushes.append(
        Push("identify", name, (("endpoint", name), ("match", ",".join((address, *trunk.addresses)))))
    )
    if trunk.kind == "registration":
        pushes.append(
            Push(
                "registration",
                name,
                (
                    ("server_uri", f"sip:{address}"),
                    ("client_uri", f"sip:{trunk.login}@{trunk.from_domain or trunk.host}"),
                    ("contact_user", trunk.login),
                    ("outbound_auth", name),
                    ("endpoint", name),
                    ("line", "yes"),
                    ("expiration", "300"),
                    ("retry_interval", "15"),
                    ("forbidden_retry_interval", "60"),
                    ("fatal_retry_interval", "60"),
                    ("auth_rejection_permanent", "no"),
                    ("max_retries", "1000000"),
                    ("max_random_initial_delay", "0"),
                ),
            )
        )
    return pushes


def trunk_uri(trunk: ProvisionTrunk) -> str:
    """Where the trunk's far end is asked and where we register."""
    return f"sip:{_address(trunk)}"


def _address(trunk: ProvisionTrunk) -> str:
    return f"{trunk.host}:{trunk.port}" if trunk.port else trunk.host


def trunk_removals(trunk_id: int) -> list[str]:
    """Paths to delete; the registration first, so that the far end hears of it."""
    return [
        f"asterisk/config/dynamic/res_pjsip/{kind}/trunk-{trunk_id}"
        for kind in ("registration", "identify", "endpoint", "aor", "auth")
    ]


def number_rules(rules: SetNumberRules) -> dict[str, str]:
    """Global variables of the dialplan: which numbers are left out of recording, what language they speak."""
    unrecorded = {f"{UNRECORDED}{key}": "yes" for number in rules.unrecorded if (key := number_key(number))}
    spoken = {
        f"{SPOKEN}{key}": language
        for number, language in rules.languages.items()
        if (key := number_key(number)) and _LANGUAGE.match(language)
    }
    return unrecorded | spoken


def number_key(number: str) -> str:
    """A number as the dialplan writes it into the name of a variable."""
    return re.sub(r"[^0-9a-zA-Z]", "", number)


def fallback(rule: SetFallback) -> str:
    """What `Dial()` is given when no engine is there: devices at once, or one number through a trunk; "" =
    hang up."""
    targets = [f"PJSIP/{login}" for login in rule.logins if _LOGIN.match(login)]
    number = re.sub(r"[^0-9+*#]", "", rule.number)
    if rule.trunk_id and number:
        targets.append(f"PJSIP/{number}@{trunk_endpoint(rule.trunk_id)}")
    return "&".join(targets)


def _codecs(codecs: tuple[str, ...]) -> list[tuple[str, str]]:
    for codec in codecs:
        _check(_CODEC, codec, "codecs")
    return [("disallow", "all"), ("allow", ",".join(codecs))]


def _check(pattern: re.Pattern[str], value: str, field: str) -> None:
    if not pattern.match(value):
        raise BadProvision(field)


def _check_secret(secret: str) -> None:
    if not secret or not secret.isprintable():
        raise BadProvision("secret")
