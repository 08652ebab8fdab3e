"""The frame of every script: its input, its errors and its exit code.

stdin holds the secrets, as JSON: `{"kubeconfig": {...}, ...}`. Everything else comes in the
environment, so that a preview shows what changes. stdout holds one line of JSON, the result, small
and free of secrets; progress and errors go to stderr.
"""

import gc
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from ...common.foreign_text import shown
from .cli import Cli, CliError, texts, with_kubeconfig

_SHOWN = 200
_PACKAGE = Path(__file__).parents[2]
_SILENT = (
    r"refused|no route|unreachable|i/o timeout|handshake timeout|EOF|reset by peer"
    r"|Unable to connect|Client\.Timeout|while waiting for connection|did not answer within"
)
# What a program says if the API server is silent, or cannot be reached.
UNREACHABLE = rf"{_SILENT}|did not end within|context deadline exceeded"

# What a program says, and what it usually means; the first match is shown.
_CAUSES = (
    (
        r"another operation .* is in progress|pending-(install|upgrade|rollback)",
        "another Helm operation on the release `cilium` has just begun: let it end and run the "
        "update again, which also recovers one that was broken off",
    ),
    (
        r"port is already allocated",
        "another Service of the cluster has that NodePort: set mesh.nodePort of the cluster, or "
        "apiServer.nodePort if it is that of its API server, to a port that is free "
        "(`kubectl get services -A` lists those in use)",
    ),
    (
        r"release: not found",
        "Cilium was not installed as the Helm release `cilium` in kube-system: the cilium CLI "
        "cannot manage such an installation",
    ),
    (
        r"CA certificates do not match",
        "the clusters have different cilium-ca Secrets: share one CA (ca.source) or allow it "
        "(ca.source: mismatched)",
    ),
    (
        r"x509|certificate",
        "the certificate does not fit: check that the API server address is covered by its "
        "certificate (apiServer.address, apiServer.tlsServerName)",
    ),
    (
        r"Unauthorized|must be logged in|Forbidden|forbidden",
        "the credentials in the kubeconfig have expired or lack the rights (docs/rbac.md)",
    ),
    (
        _SILENT,
        "the API server does not answer: check that it runs and that its NodePort is reachable "
        "from here (firewall, node down)",
    ),
    (
        r"timed out waiting|progress deadline",
        "the API server answers, but something in the cluster does not get ready: look at the Pods "
        "and Jobs in kube-system (`kubectl -n kube-system get pods,jobs`)",
    ),
    (
        r"timed? ?out|deadline|did not end within",
        "it took longer than allowed: the API server is slow or silent, or something does not get "
        "ready: look at the Pods in kube-system, or allow more time (timeouts)",
    ),
)


class StepError(Exception):
    """A step that failed; the text says what failed, why, and what to do.

    `result` is printed nevertheless. `is_explained`: the text names the cause itself.
    """

    def __init__(self, text: str, result: object = None, *, is_explained: bool = False) -> None:
        """Keep the text, and the result that goes to stdout all the same."""
        super().__init__(text)
        self.result = result
        self.is_explained = is_explained


@dataclass(frozen=True)
class Step:
    """The frame of one run of a script: its cluster, its input, and the two programs.

    `action` is the one that the script was started for, "" if it only looks for drift.
    """

    cluster: str
    cli: Cli
    secrets: Mapping[str, Any]
    environment: Mapping[str, str]
    action: str = ""

    def seconds(self, name: str) -> int:
        """Return how long an action may take, in seconds."""
        return int(self.environment[name])

    def say(self, text: str) -> None:
        """Print progress for the person who watches the update, with the cluster and the action."""
        place = f"{self.cluster}: {self.action}" if self.action else self.cluster
        print(f"{place}: {self.cli.scrub(text)}", file=sys.stderr, flush=True)


Action = Callable[[Step], object]


def main(actions: Mapping[str, Action]) -> NoReturn:
    """Run the action that the first argument names and exit: 0 done, 1 failed, 2 wrong use."""
    # Helm releases make many objects, nearly all needed until the end, which is seconds away.
    gc.disable()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in actions:
        print(f"usage: {sys.argv[0]} {'|'.join(actions)}", file=sys.stderr)
        sys.exit(2)
    sys.exit(run(name, actions[name], sys.stdin.read(), os.environ))


def run(name: str, action: Action, stdin: str, environment: Mapping[str, str]) -> int:
    """Run the action, print its result or a readable error, and return the exit code."""
    secrets = json.loads(stdin)
    cluster = environment.get("CLUSTER", "mesh")
    seconds = int(environment.get("REQUEST_SECONDS", "10"))
    with with_kubeconfig(secrets["kubeconfig"], seconds, _hidden(secrets)) as cli:
        try:
            _print(action(Step(cluster, cli, secrets, environment, name)))
        except (StepError, CliError) as error:
            _print(error.result if isinstance(error, StepError) else None)
            text = cli.scrub(str(error))
            cause = "" if error.is_explained else likely_cause(text)
            print(f"{cluster}: {name} failed: {text}{cause}", file=sys.stderr)
            return 1
        except Exception as error:
            # No traceback: it would show a member's words as they are, and secrets with them.
            said = f"{type(error).__name__}: {shown(cli.scrub(str(error)), _SHOWN)}"
            print(
                f"{cluster}: {name} failed unexpectedly at {_place(error)}: {said}. The cluster or "
                "a program has given an answer that none should give: please report it with this "
                "line",
                file=sys.stderr,
            )
            return 1
    return 0


def _place(error: Exception) -> str:
    """Return where in our own code an error was raised, `module:line`."""
    place, at = "an unknown place", error.__traceback__
    while at is not None:
        file = Path(at.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.stem}:{at.tb_lineno}"
        at = at.tb_next
    return place


def _print(result: object) -> None:
    if result is not None:
        print(json.dumps(result, sort_keys=True, separators=(",", ":")), flush=True)


def likely_cause(text: str) -> str:
    """Return the most probable reason for an error text as a sentence, or nothing."""
    for pattern, meaning in _CAUSES:
        if re.search(pattern, text):
            return f"\nLikely cause: {meaning}."
    return ""


def _hidden(secrets: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the secrets other than those of the kubeconfig that the programs are run with."""
    entries = [entry for key, entry in secrets.items() if key not in ("kubeconfig", "merged")]
    merged = (secrets.get("merged") or {}).get("users") or []
    return tuple(text for text in texts([entries, merged]) if len(text) >= 12)


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
