"""Errors of requests to an API server."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of failure that need different fixes."""

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
    """One request that failed: what happened and the fix, without any credential."""

    def __init__(self, kind: Kind, text: str, remedy: str) -> None:
        """Keep the parts; `str()` returns the text alone."""
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.remedy = remedy
