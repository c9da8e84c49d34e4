"""Why a leg that we rang or dialled did not come up.

The SIP reply decides where there is one: Asterisk's own dial status calls nearly everything NOANSWER, and its
Q.850 cause joins replies that differ for us. **Source:** RFC 3398 section 8.2.6.1 (SIP to ISUP causes); ITU-T
Q.850 (2018) table 1.
"""

from otklik.acd.model import EndReason

_BY_REPLY = {
    401: EndReason.CONGESTED, 403: EndReason.CONGESTED, 404: EndReason.INVALID_NUMBER,
    407: EndReason.CONGESTED, 408: EndReason.NO_ANSWER, 410: EndReason.INVALID_NUMBER,
    415: EndReason.MEDIA_FAILED, 480: EndReason.NO_ANSWER, 484: EndReason.INVALID_NUMBER,
    485: EndReason.INVALID_NUMBER, 486: EndReason.BUSY, 487: EndReason.CANCELLED,
    488: EndReason.MEDIA_FAILED, 600: EndReason.BUSY, 603: EndReason.BUSY, 604: EndReason.INVALID_NUMBER,
    606: EndReason.MEDIA_FAILED, 607: EndReason.BLOCKED, 608: EndReason.BLOCKED,
}  # fmt: skip
_BY_CAUSE = {
    1: EndReason.INVALID_NUMBER, 3: EndReason.CONGESTED, 16: EndReason.CANCELLED, 17: EndReason.BUSY,
    18: EndReason.NO_ANSWER, 19: EndReason.NO_ANSWER, 20: EndReason.NO_ANSWER, 21: EndReason.BUSY,
    22: EndReason.INVALID_NUMBER, 27: EndReason.CONGESTED, 28: EndReason.INVALID_NUMBER,
    58: EndReason.MEDIA_FAILED, 65: EndReason.MEDIA_FAILED, 79: EndReason.MEDIA_FAILED,
}  # fmt: skip


def end_reason(cause: int, tech_cause: int) -> EndReason:
    """The outcome of an attempt. cause: Q.850; tech_cause: SIP reply, 0 if none came (our own time-out gives
    19)."""
    if tech_cause in _BY_REPLY:
        return _BY_REPLY[tech_cause]
    if 500 <= tech_cause < 600:
        return EndReason.CONGESTED
    return _BY_CAUSE.get(cause, EndReason.CONGESTED)
