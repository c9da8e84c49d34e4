"""What is told outside about alerts: words in the receiver's language, to whom the rule names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.alerts.model import FIGURES, Alert, Cause, Scope, Severity, Side, Unit
from otklik.deliveries import service as deliveries
from otklik.deliveries import store as delivery_store
from otklik.deliveries.model import Letter, Receiver
from otklik.vocabulary.ids import SiteId

SOURCE = "alert"
LANGUAGES = ("ru", "en")

_RU = {
    "notice": "К сведению",
    "warning": "Внимание",
    "critical": "Авария",
    "over": "Закончилось",
    "centre": "весь центр",
    "limit": "порог",
    "since": "Сработало",
    "until": "Закончилось",
    "worst": "Хуже всего",
    "waiting": "Ждут в очереди",
    "longest_wait": "Дольше всех ждут",
    "service_level": "Уровень сервиса за день",
    "service_level_recent": "Уровень сервиса за полчаса",
    "abandonment_rate": "Доля потерянных за день",
    "abandonment_rate_recent": "Доля потерянных за полчаса",
    "agents_ready": "Готовых операторов",
    "agents_signed_in": "Операторов на месте",
    "occupancy": "Загрузка за день",
    "talk": "Разговор длится",
    "hold": "Клиент на удержании",
    "wrap_up": "Постобработка длится",
    "not_ready": "Не готов",
    "reconnecting": "Переподключение длится",
    "missed_offers": "Пропущено предложений за день",
    "link_quality": "Связь оператора, MOS",
    "customer_link_quality": "Связь клиента, MOS",
    "trunks_down": "Линий не работает",
    "engine_away": "Сервер звонков не отвечает",
    "channel_silent": "Телефония молчит",
    "loop_lag": "Задержка сервера звонков",
    "disk_free": "Свободно на диске",
    "recovered": "пришло в норму",
    "no_data": "больше нет данных",
    "hours_over": "вышло время правила",
    "rule_changed": "правило изменили",
    "rule_gone": "правило выключили",
    "milliseconds": "мс",
}
_EN = {
    "notice": "Notice",
    "warning": "Warning",
    "critical": "Critical",
    "over": "Over",
    "centre": "whole centre",
    "limit": "limit",
    "since": "Fired",
    "until": "Over",
    "worst": "Worst",
    "waiting": "Waiting in queue",
    "longest_wait": "Longest wait",
    "service_level": "Service level of the day",
    "service_level_recent": "Service level of the last half hour",
    "abandonment_rate": "Abandonment rate of the day",
    "abandonment_rate_recent": "Abandonment rate of the last half hour",
    "agents_ready": "Agents ready",
    "agents_signed_in": "Agents signed in",
    "occupancy": "Occupancy of the day",
    "talk": "Talk lasts",
    "hold": "Customer on hold",
    "wrap_up": "Wrap-up lasts",
    "not_ready": "Not ready for",
    "reconnecting": "Reconnecting for",
    "missed_offers": "Offers missed today",
    "link_quality": "Agent's link, MOS",
    "customer_link_quality": "Customer's link, MOS",
    "trunks_down": "Trunks down",
    "engine_away": "Call server away",
    "channel_silent": "Telephony silent",
    "loop_lag": "Lag of the call server",
    "disk_free": "Free disk space",
    "recovered": "recovered",
    "no_data": "no data any more",
    "hours_over": "the rule's hours are over",
    "rule_changed": "the rule was changed",
    "rule_gone": "the rule was switched off",
    "milliseconds": "ms",
}
WORDS = {"ru": _RU, "en": _EN}


async def tell(  # noqa: PLR0913 - a look, and in whose words it is told
    connection: Any,
    site_id: SiteId,
    fired: Sequence[Alert],
    cleared: Sequence[Alert],
    *,
    at: datetime,
    zone: str,
    language: str,
    address: str = "",
) -> None:
    """Write down what is to be told, in the look's transaction. address: of this centre's pages, for a link.

    Nobody is told of what is asleep; who was not told of an alert yet need not hear of its end.
    """
    if not fired and not cleared:
        return
    receivers = await delivery_store.list_receivers(connection, site_id)
    for alert in cleared:
        untold = set(await delivery_store.skip_untried(connection, site_id, SOURCE, alert.alert_id, at=at))
        for receiver in _receivers_of(alert, receivers, at):
            if receiver.tells_end and receiver.receiver_id not in untold:
                await _tell(connection, site_id, receiver, alert, at, zone, language, address)
    for alert in fired:
        for receiver in _receivers_of(alert, receivers, at):
            await _tell(connection, site_id, receiver, alert, at, zone, language, address)


async def _tell(  # noqa: PLR0913 - one letter, and where it goes
    connection: Any,
    site_id: SiteId,
    receiver: Receiver,
    alert: Alert,
    at: datetime,
    zone: str,
    language: str,
    address: str,
) -> None:
    await deliveries.tell(
        connection,
        site_id,
        receiver,
        letter_of(alert, receiver.language or language, zone, address),
        source=SOURCE,
        source_id=alert.alert_id,
        at=at,
        zone=zone,
        is_critical=alert.rule.severity is Severity.CRITICAL,
    )


def _receivers_of(alert: Alert, receivers: Sequence[Receiver], at: datetime) -> list[Receiver]:
    if alert.snoozed_until is not None and alert.snoozed_until > at:
        return []
    rule = alert.rule
    return deliveries.chosen(
        receivers,
        receiver_ids=rule.receiver_ids,
        person_ids=map(int, rule.person_ids),
        team_ids=rule.team_receiver_ids,
    )


def letter_of(alert: Alert, language: str, zone: str, address: str = "") -> Letter:
    """What is told of an alert that fires or is over."""
    words = WORDS.get(language, _EN)
    rule = alert.rule
    place = words["centre"] if alert.scope is Scope.CENTRE else alert.place_name
    figure = words.get(rule.figure, rule.figure)
    is_over = alert.cleared_at is not None
    head = words["over"] if is_over else words[rule.severity.value]
    value = alert.cleared_value if is_over else alert.fired_value
    sign = ">" if rule.side is Side.ABOVE else "<"
    limit = f"{words['limit']} {sign} {value_text(rule.limit, rule.figure, words)}"
    said = f"{figure}: {value_text(value, rule.figure, words)} ({limit})"
    lines = [said, f"{words['since']}: {_moment(alert.fired_at, zone)}"]
    if is_over and alert.cleared_at is not None:
        cause = words[(alert.cause or Cause.RECOVERED).value]
        lines.append(f"{words['until']}: {_moment(alert.cleared_at, zone)}, {cause}")
        lines.append(f"{words['worst']}: {value_text(alert.worst, rule.figure, words)}")
    if address:
        lines.append(address + _place_on_board(alert))
    subject = f"{head}: {rule.name} — {place}, {value_text(value, rule.figure, words)}"
    return Letter(subject=subject, text="\n".join(lines), topic="alert.cleared" if is_over else "alert.fired")


def _place_on_board(alert: Alert) -> str:
    match alert.scope:
        case Scope.QUEUE:
            return f"/live?queue={alert.place_id}"
        case Scope.TEAM:
            return f"/live?team={alert.place_id}"
        case _:
            return "/live"


def value_text(value: float | None, figure: str, words: dict[str, str]) -> str:
    """A figure's value as a person reads it."""
    if value is None:
        return "—"
    unit = FIGURES[figure].unit if figure in FIGURES else Unit.COUNT
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.1f}".rstrip("0").rstrip(".") + " %"
        case Unit.SECONDS:
            minutes, seconds = divmod(round(value), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        case Unit.MILLISECONDS:
            return f"{value:.0f} {words['milliseconds']}"
        case _:
            return f"{value:.1f}".rstrip("0").rstrip(".")


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%d.%m.%Y %H:%M:%S}"
