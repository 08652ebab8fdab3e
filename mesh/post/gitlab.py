"""A project on GitLab; docs.gitlab.com/api."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from .api import Api
from .forge import Entry


class GitLab:
    """A project as a Forge."""

    def __init__(self, url: str, project: str, token: str) -> None:
        """Use the project of that id or path; entries of the token's user are ours."""
        self._api = Api("GitLab", url, token, {})
        self._path = f"/projects/{quote(project, safe='')}"

    @cached_property
    def _author(self) -> int:
        return int(self._api.get("/user")["id"])

    def comments(self, request: int) -> Iterator[Entry]:
        """Return the comments on a merge request, oldest first, without GitLab's own notes."""
        path = f"{self._path}/merge_requests/{request}/notes"
        found = self._api.pages(path, sort="asc", order_by="created_at")
        return (self._note(one) for one in found if not one.get("system"))

    def add_comment(self, request: int, body: str) -> Entry:
        """Write a comment."""
        path = f"{self._path}/merge_requests/{request}/notes"
        return self._note(self._api.send("POST", path, body=body))

    def edit_comment(self, request: int, number: int, body: str) -> Entry:
        """Change a comment."""
        path = f"{self._path}/merge_requests/{request}/notes/{number}"
        return self._note(self._api.send("PUT", path, body=body))

    def open_issues(self) -> Iterator[Entry]:
        """Return the open issues."""
        return (self._issue(one) for one in self._api.pages(f"{self._path}/issues", state="opened"))

    def add_issue(self, title: str, body: str) -> Entry:
        """Open an issue."""
        found = self._api.send("POST", f"{self._path}/issues", title=title, description=body)
        return self._issue(found)

    def edit_issue(self, number: int, title: str, body: str, *, closes: bool) -> Entry:
        """Change an issue, and close it if it `closes`."""
        closing = {"state_event": "close"} if closes else {}
        path = f"{self._path}/issues/{number}"
        return self._issue(self._api.send("PUT", path, title=title, description=body, **closing))

    def _note(self, found: Mapping[str, Any]) -> Entry:
        # GitLab returns no URL for a note.
        number = int(found["id"])
        return Entry(number, str(found.get("body") or ""), f"note {number}", self._is_ours(found))

    def _issue(self, found: Mapping[str, Any]) -> Entry:
        body, url = str(found.get("description") or ""), str(found.get("web_url", ""))
        return Entry(int(found["iid"]), body, url, self._is_ours(found))

    def _is_ours(self, found: Mapping[str, Any]) -> bool:
        return (found.get("author") or {}).get("id") == self._author
