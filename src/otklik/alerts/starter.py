"""The alerts of a new centre: few, calm, and each a reason to do something. Changed and removed as any."""

from otklik.alerts.model import Rule, Scope, Severity, Side

_NAMES = {
    "ru": {
        "waiting": "Много ждущих",
        "longest_wait": "Ждут слишком долго",
        "service_level": "Уровень сервиса падает",
        "trunks": "Линия не работает",
        "disk": "Мало места на диске",
    },
    "en": {
        "waiting": "Many are waiting",
        "longest_wait": "Somebody waits too long",
        "service_level": "The service level falls",
        "trunks": "A trunk is down",
        "disk": "The disk is nearly full",
    },
}


def starter_rules(language: str) -> tuple[Rule, ...]:
    """In the centre's language."""
    names = _NAMES.get(language, _NAMES["en"])
    return (
        Rule(
            name=names["waiting"],
            figure="waiting",
            scope=Scope.QUEUE,
            side=Side.ABOVE,
            limit=5,
            recover=3,
            lasts=60,
        ),
        Rule(
            name=names["longest_wait"],
            figure="longest_wait",
            scope=Scope.QUEUE,
            side=Side.ABOVE,
            limit=180,
            recover=60,
            severity=Severity.CRITICAL,
        ),
        Rule(
            name=names["service_level"],
            figure="service_level_recent",
            scope=Scope.QUEUE,
            side=Side.BELOW,
            limit=0.6,
            recover=0.75,
            lasts=300,
            least=10,
        ),
        Rule(
            name=names["trunks"],
            figure="trunks_down",
            scope=Scope.CENTRE,
            side=Side.ABOVE,
            limit=0,
            lasts=60,
            severity=Severity.CRITICAL,
        ),
        Rule(
            name=names["disk"],
            figure="disk_free",
            scope=Scope.CENTRE,
            side=Side.BELOW,
            limit=0.1,
            recover=0.15,
            severity=Severity.CRITICAL,
        ),
    )
