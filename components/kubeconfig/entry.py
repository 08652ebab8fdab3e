"""The cluster and user bodies of a kubeconfig, made independent of files and checked."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .problem import RAW_HINT, Problem

# Larger than any certificate, key or token; keeps a path to a device's memory from filling ours.
MAX_FILE_BYTES = 1024 * 1024
_SERVER = "the server of that cluster in the kubeconfig"
_SERVER_ALLOWED = "server: https://<address>:<port>"
_CREDENTIALS = ("client-certificate-data", "token", "exec", "auth-provider", "username")
_CREDENTIALS_ALLOWED = (
    "a client certificate with its key, a token, exec, auth-provider, or username and password"
)


class Inliner:
    """Replaces the files that a kubeconfig names by their content, as kubectl's `--flatten` does.

    Relative names start at `folder`; if it is None, only absolute ones are allowed. `problems`
    lists the files that could not be read.
    """

    def __init__(self, folder: Path | None) -> None:
        """Start with no problems."""
        self.folder = folder
        self.problems: list[Problem] = []

    def cluster(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a cluster body that names no file."""
        return self._with_data(body, "certificate-authority")

    def user(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a user body that names no file but an exec plugin, by its absolute path."""
        result = self._with_data(self._with_data(body, "client-certificate"), "client-key")
        # client-go: a tokenFile, once read, wins over the token.
        path = result.pop("tokenFile", None)
        if path:
            result["token"] = self._content(path, "tokenFile").decode("utf-8", "replace").strip()
        plugin = result.get("exec")
        if isinstance(plugin, dict):
            result["exec"] = self._with_absolute_command(plugin)
        return result

    def _with_data(self, body: Mapping[str, Any], path_field: str) -> dict[str, Any]:
        result = dict(body)
        path = result.pop(path_field, None)
        # client-go: the data field wins over the file.
        if path and not result.get(f"{path_field}-data"):
            content = self._content(path, path_field)
            result[f"{path_field}-data"] = base64.b64encode(content).decode()
        return result

    def _with_absolute_command(self, plugin: dict[str, Any]) -> dict[str, Any]:
        command = plugin.get("command")
        # client-go looks up a command with a slash beside the kubeconfig, others on the PATH.
        if self.folder is None or not isinstance(command, str) or "/" not in command:
            return plugin
        return {**plugin, "command": str(self.folder.absolute() / command)}

    def _content(self, path: object, named_by: str) -> bytes:
        try:
            place = Path(str(path))
            if self.folder is not None:
                place = self.folder / place
            content = _beginning(place) if place.is_absolute() and place.is_file() else b""
        except (OSError, ValueError):
            content = b""
        if not content or len(content) > MAX_FILE_BYTES:
            content = b""
            allowed = "a readable, non-empty file; in kubeconfigContent only by an absolute path"
            text = f"the file that {named_by} names cannot be read"
            self.problems.append(Problem(text, allowed, f"correct {named_by}, or {RAW_HINT}"))
        return content


def _beginning(path: Path) -> bytes:
    """Return the content, cut one byte beyond the limit if it is too large."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def cluster_problems(cluster: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a cluster body without files: no https, no verification, no PEM."""
    url = _url_of(cluster.get("server"))
    if url is None:
        yield Problem(
            "the context's cluster has no https server", _SERVER_ALLOWED, f"correct {_SERVER}"
        )
    elif url.username is not None:
        # The address is shown in messages and outputs.
        text = "the server of the context's cluster contains a user name"
        remedy = f"remove it from {_SERVER}; credentials belong under users"
        yield Problem(text, _SERVER_ALLOWED, remedy)
    if cluster.get("insecure-skip-tls-verify") not in (None, False):
        yield Problem(
            "the context's cluster has insecure-skip-tls-verify",
            "certificate-authority-data; tls-server-name if the certificate lacks the address",
            "use the real CA: it is ca.crt in ConfigMap kube-root-ca.crt of any namespace",
        )
    yield from _pem_problems(cluster, "certificate-authority-data")


def user_problems(user: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a user body without files: it needs one complete credential."""
    kinds = [kind for kind in _CREDENTIALS if user.get(kind)]
    has_key = bool(user.get("client-key-data"))
    if not kinds:
        yield Problem("the context's user has no credentials", _CREDENTIALS_ALLOWED, RAW_HINT)
    elif kinds == ["client-certificate-data"] and not has_key:
        text = "the context's user has a client certificate without its key"
        yield Problem(text, _CREDENTIALS_ALLOWED, RAW_HINT)
    if not _is_header_text(user.get("token")):
        text = "the token of the context's user has characters that a token cannot have"
        yield Problem(text, "printable ASCII characters", RAW_HINT)
    yield from _pem_problems(user, "client-certificate-data")
    yield from _pem_problems(user, "client-key-data")


def _is_header_text(token: object) -> bool:
    """Whether a token can be sent; one that is not text is reported by its shape."""
    return not isinstance(token, str) or (token.isascii() and token.isprintable())


def _url_of(server: object) -> SplitResult | None:
    """Return the server as a URL; None if it is not https or cannot be shown in a message."""
    try:
        parts = urlsplit(server) if isinstance(server, str) and server.isprintable() else None
        # .port raises ValueError if it is not a port.
        is_https = parts is not None and parts.scheme == "https" and parts.hostname
        return parts if parts is not None and is_https and parts.port != 0 else None
    except ValueError:
        return None


def _pem_problems(body: Mapping[str, Any], field: str) -> Iterator[Problem]:
    if body.get(field) and not _is_pem(body[field]):
        yield Problem(
            f"{field} is not base64 of a PEM block",
            "the base64 text that kubectl writes with --raw (without it: DATA+OMITTED)",
            RAW_HINT,
        )


def _is_pem(value: object) -> bool:
    try:
        text = "".join(value.split()) if isinstance(value, str) else ""
        return b"-----BEGIN " in base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
