"""What the commands need of a forge (GitHub, GitLab)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class ForgeError(Exception):
    """The forge did not do what it was asked to; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A comment or an issue. `number` is what the forge finds it by; `is_ours`: we wrote it."""

    number: int
    body: str
    url: str
    is_ours: bool


class Forge(Protocol):
    """One repository; every method raises ForgeError."""

    def comments(self, request: int) -> Iterator[Entry]:
        """Yield the comments on a pull or merge request, oldest first."""
        ...

    def add_comment(self, request: int, body: str) -> Entry:
        """Write a comment."""
        ...

    def edit_comment(self, request: int, number: int, body: str) -> Entry:
        """Change a comment."""
        ...

    def open_issues(self) -> Iterator[Entry]:
        """Yield the open issues."""
        ...

    def add_issue(self, title: str, body: str) -> Entry:
        """Open an issue."""
        ...

    def edit_issue(self, number: int, title: str, body: str, *, closes: bool) -> Entry:
        """Change an issue, and close it if it `closes`."""
        ...
