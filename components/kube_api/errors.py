"""Why an API server did not answer a request."""

from enum import StrEnum


class Kind(StrEnum):
    """What went wrong, as far as the way out depends on it."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    TLS = "tls"
    TLS_NAME = "tls-name"
    PLUGIN = "plugin"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    ANSWER = "answer"


class ApiError(Exception):
    """One request that failed: what happened and the way out, without any credential."""

    def __init__(self, kind: Kind, text: str, remedy: str) -> None:
        """Keep the parts; `str()` gives the text alone."""
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.remedy = remedy
