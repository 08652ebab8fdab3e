"""The JSON API of a forge, with the token in the header and nowhere else."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from .forge import ForgeError

_SECONDS = 30
_PAGE = 100
# Only requests that are safe to repeat.
_RETRIES = Retry(
    3,
    backoff_factor=1,
    status_forcelist=[429, 502, 503, 504],
    allowed_methods=["GET"],
    raise_on_status=False,
    redirect=0,
)
_REMEDIES = {
    HTTPStatus.UNAUTHORIZED: "the token is wrong or has expired",
    HTTPStatus.FORBIDDEN: "the token may not do this: docs/pull-requests.md lists its rights",
    HTTPStatus.NOT_FOUND: "it does not exist, or the token may not see it",
}


class _Bearer(AuthBase):
    """The token, set as `auth` so that a ~/.netrc cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Api:
    """An API below one URL."""

    def __init__(self, name: str, url: str, token: str, headers: Mapping[str, str]) -> None:
        """Use the forge of that name, at its base URL."""
        self._name = name
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers.update({"User-Agent": "cilium-clustermesh", **headers})
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=_RETRIES))

    def get(self, path: str) -> dict[str, Any]:
        """Return one object; raises ForgeError."""
        return self._object(self._ask("GET", f"{self._url}{path}"))

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list from all its pages; raises ForgeError."""
        answer = self._ask("GET", f"{self._url}{path}", query={**query, "per_page": str(_PAGE)})
        yield from self._list(answer)
        while (further := answer.links.get("next", {}).get("url")) is not None:
            if not further.startswith(f"{self._url}/"):
                raise ForgeError(
                    f"{self._name} has the next page at {further}, which is not below {self._url}"
                )
            answer = self._ask("GET", further)
            yield from self._list(answer)

    def send(self, method: str, path: str, **content: object) -> dict[str, Any]:
        """Change something and return its new state; raises ForgeError."""
        return self._object(self._ask(method, f"{self._url}{path}", content=content))

    def _ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, object] | None = None,
    ) -> requests.Response:
        try:
            answer = self._session.request(
                method, url, params=query, json=content, timeout=_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise ForgeError(f"the request to {self._name} failed: {error}") from None
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise ForgeError(self._refusal(method, url, answer))
        return answer

    def _refusal(self, method: str, url: str, answer: requests.Response) -> str:
        said = self._message(answer)
        status = answer.status_code
        remedy = next((text for code, text in _REMEDIES.items() if code == status), "")
        way_out = f": {remedy}" if remedy else ""
        return f"{self._name} answered {method} {url} with {status}{said}{way_out}"

    def _message(self, answer: requests.Response) -> str:
        try:
            content = answer.json()
        except ValueError:
            return ""
        told = content.get("message") if isinstance(content, dict) else None
        return f" ({str(told)[:200]})" if told else ""

    def _object(self, answer: requests.Response) -> dict[str, Any]:
        found = self._json(answer)
        if not isinstance(found, dict):
            raise ForgeError(f"{self._name} answered {answer.url} with something unexpected")
        return found

    def _list(self, answer: requests.Response) -> list[dict[str, Any]]:
        found = self._json(answer)
        if not isinstance(found, list):
            raise ForgeError(f"{self._name} answered {answer.url} with something unexpected")
        return found

    def _json(self, answer: requests.Response) -> object:
        try:
            return answer.json()
        except ValueError:
            return None
