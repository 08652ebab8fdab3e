"""The credentials of a kubeconfig's user, sent as kubectl would send them."""

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .errors import ApiError, Kind

_EXEC_API = "client.authentication.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers (names may repeat) and, for TLS, a client certificate with its key in PEM."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)


def credentials(user: Mapping[str, Any], timeout: float) -> Credentials:
    """Return the credentials of a user body without files; `timeout` in seconds bounds a plugin.

    Raises ApiError if a plugin fails or an auth-provider holds no token.
    """
    certificate, key = _pem(user, "client-certificate-data"), _pem(user, "client-key-data")
    token = user.get("token")
    if certificate is None and not token and user.get("exec"):
        certificate, key, token = _from_plugin(user["exec"], timeout)
    if certificate is None and not token and user.get("auth-provider"):
        token = _from_provider(user["auth-provider"])
    headers = [*_authorization(user, token), *_impersonation(user)]
    return Credentials(tuple(headers), certificate, key)


def _pem(user: Mapping[str, Any], name: str) -> str | None:
    data = user.get(name)
    return base64.b64decode(data).decode("utf-8", "replace") if data else None


def _authorization(user: Mapping[str, Any], token: object) -> list[tuple[str, str]]:
    if token:
        return [("Authorization", f"Bearer {token}")]
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password') or ''}".encode()
        return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
    return []


def _impersonation(user: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = []
    if user.get("as"):
        headers.append(("Impersonate-User", str(user["as"])))
    if user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(user["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in user.get("as-groups") or []]
    for name, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{quote(str(name))}", str(value)) for value in values]
    return headers


def _from_provider(provider: Mapping[str, Any]) -> str:
    config = provider.get("config") or {}
    token = config.get("id-token") or config.get("access-token")
    if not token:
        text = "the kubeconfig's auth-provider holds no token"
        raise ApiError(Kind.PLUGIN, text, "log in with kubectl, or use an exec plugin instead")
    return str(token)


def _from_plugin(
    plugin: Mapping[str, Any], timeout: float
) -> tuple[str | None, str | None, str | None]:
    """Run the plugin without a terminal; its output holds secrets and is never quoted."""
    command = str(plugin.get("command") or "")
    status = _plugin_status(command, plugin, timeout)
    certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
    return certificate, key, status.get("token")


def _plugin_status(command: str, plugin: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    hint = str(plugin.get("installHint") or f"run `{command}` by hand and log in if it asks to")
    try:
        done = subprocess.run(
            [command, *[str(argument) for argument in plugin.get("args") or []]],
            env={**os.environ, **_plugin_environment(plugin)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        text = f"the credential plugin {command!r} did not end within {timeout:.0f} s"
        raise ApiError(Kind.PLUGIN, text, hint) from None
    except (OSError, ValueError):
        text = f"the credential plugin {command!r} cannot be run"
        raise ApiError(Kind.PLUGIN, text, hint) from None
    if done.returncode != 0:
        text = f"the credential plugin {command!r} failed with exit code {done.returncode}"
        raise ApiError(Kind.PLUGIN, text, hint)
    try:
        return dict(json.loads(done.stdout)["status"])
    except (ValueError, KeyError, TypeError):
        text = f"the credential plugin {command!r} returned no ExecCredential with a status"
        raise ApiError(Kind.PLUGIN, text, hint) from None


def _plugin_environment(plugin: Mapping[str, Any]) -> dict[str, str]:
    own = {str(entry["name"]): str(entry["value"]) for entry in plugin.get("env") or []}
    info = {
        "apiVersion": plugin.get("apiVersion") or _EXEC_API,
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
    return {**own, "KUBERNETES_EXEC_INFO": json.dumps(info)}
