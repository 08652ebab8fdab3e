"""GitHub and GitLab on the loopback: comments and issues in memory, the paths as documented."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]

TOKEN = "canary-of-the-token"
PAGE = 2
REPOSITORY = "owner/mesh"
PROJECT = "group/mesh"
_GITHUB = f"/repos/{REPOSITORY}"
_GITLAB = "/projects/group%2Fmesh"


@dataclass
class FakeForge:
    """What a forge holds, and what it was asked; `status`, if set, is the answer to everything."""

    url: str = ""
    comments: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    requests: list[tuple[str, str, Json]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    status: int = 0
    location: str = ""
    next_page: str = ""

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.requests if method != "GET"]

    def answer(self, method: str, path: str, content: Json) -> tuple[int, Any]:
        if self.status:
            return self.status, {"message": "Resource not accessible by integration"}
        for pattern, listed in self._lists().items():
            if re.fullmatch(pattern, path):
                return self._in_list(method, listed, content)
        for pattern, listed in self._objects().items():
            found = re.fullmatch(pattern, path)
            if found and method in ("PATCH", "PUT"):
                known = next(one for one in listed if one["number"] == int(found[1]))
                known.update(content)
                return 200, known
        return (200, {"id": 7}) if path == "/user" else (404, {"message": "404 Not found"})

    def _lists(self) -> dict[str, list[Json]]:
        return {
            f"{_GITHUB}/issues/5/comments": self.comments,
            f"{_GITLAB}/merge_requests/5/notes": self.comments,
            f"{_GITHUB}/issues": self.issues,
            f"{_GITLAB}/issues": self.issues,
        }

    def _objects(self) -> dict[str, list[Json]]:
        return {
            rf"{_GITHUB}/issues/comments/(\d+)": self.comments,
            rf"{_GITLAB}/merge_requests/5/notes/(\d+)": self.comments,
            rf"{_GITHUB}/issues/(\d+)": self.issues,
            rf"{_GITLAB}/issues/(\d+)": self.issues,
        }

    def _in_list(self, method: str, listed: list[Json], content: Json) -> tuple[int, Any]:
        if method == "GET":
            return 200, listed
        listed.append(entry(len(listed) + 100, **content))
        return 201, listed[-1]


def entry(number: int, author: str = "github-actions[bot]", **content: Any) -> Json:
    """A comment or an issue as either forge returns it; a stranger's has another author."""
    ours = author == "github-actions[bot]"
    return {
        "number": number,
        "id": number,
        "iid": number,
        "html_url": f"https://forge/{number}",
        "web_url": f"https://forge/{number}",
        "user": {"login": author},
        "author": {"id": 7 if ours else 8},
        **content,
    }


@contextmanager
def serving() -> Iterator[FakeForge]:
    forge = FakeForge()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(forge))
    forge.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(forge: FakeForge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            content = json.loads(self.rfile.read(length) or b"{}")
            parts = urlsplit(self.path)
            forge.requests.append((self.command, parts.path, content))
            forge.tokens.add(self.headers.get("Authorization", ""))
            status, answer = forge.answer(self.command, parts.path, content)
            if isinstance(answer, list):
                answer = self._page(answer, int(parse_qs(parts.query).get("page", ["1"])[0]))
            else:
                self.send_response(status)
            if forge.location:
                self.send_header("Location", forge.location)
            body = json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_GET

        def _page(self, listed: list[Json], page: int) -> list[Json]:
            self.send_response(200)
            if len(listed) > page * PAGE:
                following = forge.next_page or f"{forge.url}{urlsplit(self.path).path}"
                self.send_header("Link", f'<{following}?page={page + 1}>; rel="next"')
            return listed[(page - 1) * PAGE : page * PAGE]

        def log_message(self, *_: object) -> None:
            pass

    return Handler
