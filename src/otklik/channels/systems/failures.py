"""Why a system gave no answer."""


class AskFailed(Exception):
    """reason: a code that the journal and the flow's trace show: host_unknown, host_forbidden,
    port_forbidden, connect_failed, certificate_unfit, redirected, too_large, answer_unreadable,
    encoding_unfit, parameter_unfit, statement_refused, secret_unfit, timeout, overloaded, `status_503`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
