"""A repository on GitHub; docs.github.com/rest."""

from collections.abc import Iterator, Mapping
from typing import Any

from .api import Api
from .forge import Entry

# The account behind a workflow's token; such a token may not ask for it.
WORKFLOW_AUTHOR = "github-actions[bot]"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class GitHub:
    """A repository as a Forge."""

    def __init__(self, url: str, repository: str, token: str, author: str) -> None:
        """Use the repository `owner/name`, as `author`, whose entries are ours."""
        self._api = Api("GitHub", url, token, _HEADERS)
        self._path = f"/repos/{repository}"
        self._author = author

    def comments(self, request: int) -> Iterator[Entry]:
        """Return the comments on a pull request, oldest first."""
        # A pull request's comments are those of the issue that it also is.
        path = f"{self._path}/issues/{request}/comments"
        return (self._entry(one, "id") for one in self._api.pages(path))

    def add_comment(self, request: int, body: str) -> Entry:
        """Write a comment."""
        path = f"{self._path}/issues/{request}/comments"
        return self._entry(self._api.send("POST", path, body=body), "id")

    def edit_comment(self, request: int, number: int, body: str) -> Entry:
        """Change a comment."""
        path = f"{self._path}/issues/comments/{number}"
        return self._entry(self._api.send("PATCH", path, body=body), "id")

    def open_issues(self) -> Iterator[Entry]:
        """Return the open issues, without pull requests."""
        found = self._api.pages(f"{self._path}/issues", state="open")
        return (self._entry(one, "number") for one in found if "pull_request" not in one)

    def add_issue(self, title: str, body: str) -> Entry:
        """Open an issue."""
        found = self._api.send("POST", f"{self._path}/issues", title=title, body=body)
        return self._entry(found, "number")

    def edit_issue(self, number: int, title: str, body: str, *, closes: bool) -> Entry:
        """Change an issue, and close it if it `closes`."""
        closing = {"state": "closed", "state_reason": "completed"} if closes else {}
        path = f"{self._path}/issues/{number}"
        return self._entry(
            self._api.send("PATCH", path, title=title, body=body, **closing), "number"
        )

    def _entry(self, found: Mapping[str, Any], key: str) -> Entry:
        author = (found.get("user") or {}).get("login")
        body = str(found.get("body") or "")
        url = str(found.get("html_url", ""))
        return Entry(int(found[key]), body, url, author == self._author)
