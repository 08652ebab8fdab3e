"""Runs a script on a node with the `ssh` program, which checks host keys and ends in time."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..common.private_file import visible
from ..common.scrubbing import scrub
from . import shell
from .access import Access, Endpoint

_ALIVE_SECONDS = 5
_FAILED = 255
_SHOWN = 300
# What ssh says, what it means, and the fix; the first match counts.
_MEANINGS = (
    (
        r"IDENTIFICATION HAS CHANGED|Host key verification failed|No \S+ host key is known",
        "its host key is not the known one",
        "compare it with `ssh-keyscan`, then set it as hostKey or add it to known_hosts",
    ),
    (
        r"Permission denied|Too many authentication failures|no mutual signature",
        "it does not let the user in with this key",
        "add the public key to that user's authorized_keys, or correct user and privateKey in ssh",
    ),
    (
        r"Could not resolve|Name or service not known",
        "its name cannot be resolved",
        "correct the node's address, or DNS",
    ),
    (
        r"timed out|Timeout|not responding",
        "it does not answer",
        "check that it runs and that no firewall drops the packets; set ssh.jump if it needs a"
        " jump host",
    ),
)
_OTHERWISE = "check that it runs, that sshd listens there, and that address and port are right"


class SshError(Exception):
    """A node was not reached, or a script failed there: what happened and the fix."""

    def __init__(self, text: str, remedy: str) -> None:
        """Keep the parts; `str()` returns the text alone."""
        super().__init__(text)
        self.text = text
        self.remedy = remedy


def run(access: Access, script: str, seconds: float, *, as_root: bool = False) -> str:
    """Run a POSIX sh script on the node and return its standard output; raises SshError."""
    remote = shell.AS_ROOT if as_root else shell.AS_USER
    with _command(access, remote) as command:
        try:
            done = subprocess.run(
                command, input=script, capture_output=True, text=True, timeout=seconds, check=False
            )
        except FileNotFoundError:
            raise SshError("ssh is not on PATH", "install OpenSSH's client") from None
        except subprocess.TimeoutExpired:
            text = f"it did not answer within {seconds:g} s"
            remedy = "check its load; raise ssh.connectSeconds if it is only slow"
            raise SshError(text, remedy) from None
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr)
    return done.stdout


@contextmanager
def _command(access: Access, remote: str) -> Iterator[list[str]]:
    with ExitStack() as files:
        options = _options(access.node, access.connect_seconds, files)
        if access.jump is not None:
            way = ["ssh", *_options(access.jump, access.connect_seconds, files), "-W", "[%h]:%p"]
            proxy = shlex.join([*way, *_target(access.jump)])
            options += ["-o", f"ProxyCommand={proxy}"]
        yield ["ssh", *options, *_target(access.node), remote]


def _options(endpoint: Endpoint, connect_seconds: int, files: ExitStack) -> list[str]:
    # No config file: the Commands of pulumi-command, which reach the same node, read none.
    settings = {
        "BatchMode": "yes",
        "ConnectTimeout": str(connect_seconds),
        "ServerAliveInterval": str(_ALIVE_SECONDS),
        "ServerAliveCountMax": "3",
        "StrictHostKeyChecking": "yes",
        "LogLevel": "ERROR",
    }
    if endpoint.host_key is not None:
        known = files.enter_context(visible(f"node {endpoint.host_key}\n"))
        settings |= {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "none"}
        settings["HostKeyAlias"] = "node"
    if endpoint.private_key is not None:
        settings["IdentitiesOnly"] = "yes"
        settings["IdentityFile"] = files.enter_context(visible(endpoint.private_key))
    listed = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    return ["-F", "none", "-T", *listed]


def _target(endpoint: Endpoint) -> list[str]:
    return ["-p", str(endpoint.port), "-l", endpoint.user, "--", endpoint.address]


def _failure(code: int, said: str) -> SshError:
    short = scrub(" ".join(said.split()))[-_SHOWN:]
    if code != _FAILED:
        text = f"the script failed there with exit code {code}: {short}"
        return SshError(text, "fix what it says and run again")
    for pattern, text, remedy in _MEANINGS:
        if re.search(pattern, said):
            return SshError(f"{text} ({short})", remedy)
    return SshError(f"it cannot be reached ({short})", _OTHERWISE)
