"""How good a voice link is, from what was measured of it: the E-model of ITU-T G.107. Pure.

    R = 93.2 - Id - Ie_eff                            all but delay and loss at the defaults of G.107
    Id = 0.024 d + 0.11 (d - 177.3) if d > 177.3      d in ms (Cole and Rosenbluth, 2001, for G.107's curve)
    Ie_eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl)         Ppl: lost packets in percent, lost at random (BurstR 1)
    MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6     1 below R = 0, 4.5 above R = 100

Ie = 0 and Bpl = 25.1 are those of G.711 with concealment of losses (G.113, appendix I): that is how trunks,
browsers and SIP phones speak here. Opus has no figures in G.113; its links are judged by the same two, so
that all links compare. d is half of the round trip, twice the jitter (a buffer that takes most late packets)
and one packet of 20 ms. Nothing lost and no delay gives 4.40: a telephone is never a 5.
"""

from enum import StrEnum

from otklik.vocabulary.messages import Value

BEST_R = 93.2
EQUIPMENT = 0.0
ROBUSTNESS = 25.1
PACKET_MS = 20.0
BUFFER = 2.0
LATE_MS = 177.3
UNKNOWN = -1.0

GOOD_MOS = 4.0
"""R 80 (G.107, annex B): from here users are satisfied."""
FAIR_MOS = 3.6
"""R 70: below it many users are dissatisfied."""


class Grade(StrEnum):
    """How a link is judged: good from 4.0, fair from 3.6, else bad."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class LinkFigures(Value):
    """One way of one leg over some time. packets: that arrived; lost: that did not. jitter_ms: mean
    difference of arrival, RFC 3550; round_trip_ms: -1 unknown."""

    packets: int
    lost: int
    jitter_ms: float = 0.0
    round_trip_ms: float = UNKNOWN

    @property
    def loss_percent(self) -> float:
        """Of those that were sent; 0 for none."""
        sent = self.packets + self.lost
        return 100.0 * self.lost / sent if sent else 0.0


def mos_of(figures: LinkFigures) -> float | None:
    """1.00 to 4.40; None when no packet was sent, of which nothing can be said."""
    if figures.packets + figures.lost <= 0:
        return None
    rating = BEST_R - _delay_impairment(figures) - _loss_impairment(figures.loss_percent)
    return round(mos_of_rating(rating), 2)


def mos_of_rating(rating: float) -> float:
    """G.107, annex B."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return max(1.0, 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6)


def grade_of(mos: float) -> Grade:
    if mos >= GOOD_MOS:
        return Grade.GOOD
    return Grade.FAIR if mos >= FAIR_MOS else Grade.BAD


def cause_of(figures: LinkFigures) -> str:
    """What takes most from it: loss, delay (a long way) or jitter (an uneven one)."""
    loss = _loss_impairment(figures.loss_percent)
    if loss >= _delay_impairment(figures):
        return "loss"
    return "jitter" if BUFFER * figures.jitter_ms > max(figures.round_trip_ms, 0.0) / 2 else "delay"


def together(first: LinkFigures, second: LinkFigures) -> LinkFigures:
    """Both stretches as one: counts added, times as a mean weighted by what was sent."""
    weights = (first.packets + first.lost, second.packets + second.lost)
    return LinkFigures(
        packets=first.packets + second.packets,
        lost=first.lost + second.lost,
        jitter_ms=_mean((first.jitter_ms, second.jitter_ms), weights),
        round_trip_ms=_mean((first.round_trip_ms, second.round_trip_ms), weights),
    )


def _mean(values: tuple[float, float], weights: tuple[int, int]) -> float:
    """Of the known ones."""
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value >= 0]
    total = sum(weight for _, weight in known)
    if not total:
        return known[0][0] if known else UNKNOWN
    return round(sum(value * weight for value, weight in known) / total, 3)


def _delay_impairment(figures: LinkFigures) -> float:
    delay = max(figures.round_trip_ms, 0.0) / 2 + BUFFER * figures.jitter_ms + PACKET_MS
    return 0.024 * delay + 0.11 * max(0.0, delay - LATE_MS)


def _loss_impairment(loss_percent: float) -> float:
    return EQUIPMENT + (95.0 - EQUIPMENT) * loss_percent / (loss_percent + ROBUSTNESS)
