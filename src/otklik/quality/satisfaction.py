"""NPS, CSAT and first-contact resolution from counts of answers. Pure; shares are 0-1, NPS is -100 to 100."""

from collections.abc import Mapping
from math import sqrt
from typing import Final

from otklik.vocabulary.messages import Value

CONFIDENCE: Final = 1.959964
"""Standard normal quantile of a two-sided interval of 95 %."""

_ADDED: Final = 3


class Interval(Value):
    low: float
    high: float


class Nps(Value):
    """score: share of 9-10 minus share of 0-6, in points. margin: of 95 % confidence, in points."""

    responses: int
    promoters: int
    passives: int
    detractors: int
    score: float
    margin: float


class Csat(Value):
    """share: of answers 4 and 5 among all, with its interval; mean: of all answers, 1-5."""

    responses: int
    share: float
    interval: Interval
    mean: float


class Fcr(Value):
    """share: of customers who say that their matter is solved."""

    responses: int
    share: float
    interval: Interval


def band(answer: int) -> str:
    """`detractor` 0-6, `passive` 7-8, `promoter` 9-10. Source: Reichheld, The One Number You Need to Grow,
    Harvard Business Review, 2003."""
    return "promoter" if answer >= 9 else "passive" if answer >= 7 else "detractor"


def nps(counts: Mapping[int, int]) -> Nps | None:
    """From answers 0-10; None without any.

    Margin: each answer counts +1, 0 or -1, so the variance of one is p + d - (p - d)^2 with the shares p of
    promoters and d of detractors; that of the mean is an n-th of it. Three answers are added for it, 3/4
    good, 3/4 bad, the rest neither, so that few answers that agree are no certainty. Source: Rocks,
    Interval Estimation for the "Net Promoter Score", The American Statistician 70 (2016), adjusted Wald.
    """
    total = sum(counts.values())
    if not total:
        return None
    by_band = {"promoter": 0, "passive": 0, "detractor": 0}
    for answer, count in counts.items():
        by_band[band(answer)] += count
    good, bad = by_band["promoter"] / total, by_band["detractor"] / total
    sure_good = (by_band["promoter"] + _ADDED / 4) / (total + _ADDED)
    sure_bad = (by_band["detractor"] + _ADDED / 4) / (total + _ADDED)
    variance = sure_good + sure_bad - (sure_good - sure_bad) ** 2
    margin = 100 * CONFIDENCE * sqrt(variance / (total + _ADDED))
    return Nps(
        responses=total,
        promoters=by_band["promoter"],
        passives=by_band["passive"],
        detractors=by_band["detractor"],
        score=100 * (good - bad),
        margin=margin,
    )


def csat(counts: Mapping[int, int]) -> Csat | None:
    """From answers 1-5; None without any."""
    total = sum(counts.values())
    if not total:
        return None
    content = sum(count for answer, count in counts.items() if answer >= 4)
    mean = sum(answer * count for answer, count in counts.items()) / total
    return Csat(responses=total, share=content / total, interval=wilson(content, total), mean=mean)


def fcr(counts: Mapping[int, int]) -> Fcr | None:
    """From answers 1 (solved) and 0; None without any."""
    total = sum(counts.values())
    if not total:
        return None
    solved = counts.get(1, 0)
    return Fcr(responses=total, share=solved / total, interval=wilson(solved, total))


def wilson(hits: int, total: int) -> Interval:
    """The 95 % interval of a share, honest for few answers too. Source: Wilson, Probable Inference, the Law
    of Succession, and Statistical Inference, JASA 22 (1927)."""
    share, square = hits / total, CONFIDENCE**2
    middle = share + square / (2 * total)
    half = CONFIDENCE * sqrt(share * (1 - share) / total + square / (4 * total**2))
    whole = 1 + square / total
    return Interval(low=max(0.0, (middle - half) / whole), high=min(1.0, (middle + half) / whole))
