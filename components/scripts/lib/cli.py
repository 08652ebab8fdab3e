"""kubectl and the cilium CLI, run with a kubeconfig that lives exactly as long as the script."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...cilium.helm_release import NAMESPACE
from ...common.private_file import inheritable
from ...common.scrubbing import Scrubber
from ...kube_api.as_read import AsRead
from . import writer
from .direct import Direct, NotReadError, SilentError, path_of

# Keys of a user's body that hold a credential, however short.
_CREDENTIALS = ("password", "token", "client-key-data")
# Go collects garbage when the heap has doubled. For programs that live for seconds, hold Helm
# releases and run side by side that is too often: docs/scale.md has what it costs. A value set in
# the environment wins.
_COLLECTING, _SELDOM = "GOGC", "400"
# What kubectl says about an object that is gone, or is not the one that was read.
_NOT_AS_READ = re.compile(r"NotFound|not found|Conflict|[Pp]recondition")
# What kubectl says about a connection that nobody accepted.
_LOST = re.compile(r"i/o timeout|Client\.Timeout|context deadline exceeded|did not end within")


class CliError(Exception):
    """A program failed or ran out of time; the text names it and holds what it said, scrubbed.

    `stdout` is what it had printed by then, which may be secret and is never part of the text;
    `said` is its error message alone. `is_explained`: the text names the cause itself.
    """

    is_explained = False

    def __init__(self, text: str, said: str = "", stdout: str = "") -> None:
        """Keep the whole text, and its parts for a closer look."""
        super().__init__(text)
        self.said = said
        self.stdout = stdout


@dataclass(frozen=True)
class Cli:
    """Runs both programs against the contexts of one kubeconfig, and avoids them if it can.

    `request_seconds` bounds every single request to an API server.
    """

    environment: Mapping[str, str]
    descriptors: tuple[int, ...]
    scrubber: Scrubber = field(default_factory=lambda: Scrubber(()))
    request_seconds: int = 10
    # The default knows no cluster, so kubectl reads everything.
    direct: Direct = field(default_factory=lambda: Direct({}, 0))

    def kubectl(
        self, context: str, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> str:
        """Run kubectl in the context and return its standard output; raises CliError."""
        return self._run(["kubectl", "--context", context, *arguments], stdin, timeout)

    def cilium(self, context: str, *arguments: str, timeout: float) -> str:
        """Run the cilium CLI in the context and return its standard output; raises CliError."""
        return self._run(["cilium", "--context", context, *arguments], None, timeout)

    def write_release(self, context: str, *arguments: str, timeout: float) -> str:
        """Do the same for a command that writes a Helm release, which then records the writer."""
        command = ["cilium", "--context", context, *arguments]
        return self._run(command, None, timeout, writer.new_name())

    def get(self, context: str, kind: str, name: str) -> dict[str, Any] | None:
        """Read an object of Cilium's namespace, None if it is absent; raises CliError."""
        return next(iter(self.objects(context, f"{kind}/{name}").values()), None)

    def objects(self, context: str, *names: str) -> dict[str, dict[str, Any]]:
        """Read objects of Cilium's namespace, each `kind/name`.

        Those that are absent are absent from the answer too; raises CliError.
        """
        try:
            return self.direct.objects(context, names)
        except NotReadError:
            return self._objects(context, names)
        except SilentError as error:
            raise CliError(str(error)) from None

    def _objects(self, context: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        # With one kubectl: starting it is what reading costs.
        found = self.read(context, "get", *names, "--ignore-not-found", "-o", "json")
        document = json.loads(found) if found.strip() else {"items": []}
        listed = document.get("items", [document])
        return {f"{one['kind'].lower()}/{one['metadata']['name']}": one for one in listed}

    def labelled(self, context: str, kind: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Read the objects of Cilium's namespace that have these labels; raises CliError."""
        return self.selected(context, kind, ",".join(f"{key}={labels[key]}" for key in labels))

    def selected(self, context: str, kind: str, selector: str) -> list[dict[str, Any]]:
        """Read the objects of Cilium's namespace that match a selector; raises CliError."""
        try:
            return self.direct.selected(context, kind, selector)
        except NotReadError:
            found = self.read(context, "get", kind, f"--selector={selector}", "--output=json")
            return [dict(entry) for entry in json.loads(found)["items"]]
        except SilentError as error:
            raise CliError(str(error)) from None

    def annotate(
        self, context: str, kind: str, selector: str, annotations: Mapping[str, str | None]
    ) -> None:
        """Set annotations on the objects that match a selector; None removes one.

        Raises CliError.
        """
        try:
            self.direct.annotate(context, kind, selector, annotations)
        except NotReadError:
            marks = [_mark(key, value) for key, value in annotations.items()]
            self.read(context, "annotate", kind, f"--selector={selector}", "--overwrite", *marks)
        except SilentError as error:
            raise CliError(str(error)) from None

    def delete(self, context: str, kind: str, name: str, as_read: AsRead) -> bool:
        """Delete an object of Cilium's namespace if it is still as it was read; return whether so.

        Raises CliError.
        """
        try:
            return self.direct.delete(context, kind, name, as_read)
        except NotReadError:
            # kubectl has no option for that, but passes the delete options on to the API server.
            command = ("delete", f"--raw={path_of(kind, name)}", "--filename=-")
            return self._deleted(context, command, json.dumps(as_read.delete_options))
        except SilentError as error:
            raise CliError(str(error)) from None

    def _deleted(self, context: str, command: Sequence[str], options: str) -> bool:
        limit, seconds = f"--request-timeout={self.request_seconds}s", self.request_seconds + 5
        try:
            self.kubectl(context, limit, *command, stdin=options, timeout=seconds)
        except CliError as error:
            if not _NOT_AS_READ.search(error.said):
                raise
            return False
        return True

    def read(self, context: str, *arguments: str) -> str:
        """Run a kubectl request in Cilium's namespace, bounded by `request_seconds`.

        A request that nobody answers is made once more: it can be lost for its source port alone
        (cilium#37566, docs/failures.md), and reading twice is harmless.
        """
        limit = f"--request-timeout={self.request_seconds}s"
        command = ("-n", NAMESPACE, limit, *arguments)
        try:
            return self.kubectl(context, *command, timeout=self.request_seconds + 5)
        except CliError as error:
            if not _LOST.search(str(error)):
                raise
        return self.kubectl(context, *command, timeout=self.request_seconds + 5)

    def scrub(self, text: str) -> str:
        """Return a text without secrets and without what looks like one."""
        return self.scrubber.scrub(text)

    def _run(
        self, command: list[str], stdin: str | None, timeout: float, name: str | None = None
    ) -> str:
        """Run a program; `name` is what it finds as its own."""
        shown = " ".join([command[0], *command[3:]])
        try:
            done = subprocess.run(
                [name or command[0], *command[1:]],
                executable=shutil.which(command[0], path=self.environment.get("PATH")),
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                timeout=timeout,
                env=dict(self.environment),
                pass_fds=self.descriptors,
            )
        except FileNotFoundError:
            raise CliError(f"{command[0]} is not on PATH: install it and run again") from None
        except subprocess.TimeoutExpired:
            raise CliError(f"`{shown}` did not end within {timeout:.0f} s") from None
        if done.returncode != 0:
            # Never its stdout: what a program had read by then may be a Secret.
            said = self.scrub(done.stderr.strip()) or "it said nothing"
            text = f"`{shown}` {_ended(done.returncode)}: {said}"
            raise CliError(text, said, done.stdout)
        return done.stdout


def _ended(code: int) -> str:
    if code >= 0:
        return f"failed with exit code {code}"
    why = " (out of memory?)" if -code == signal.SIGKILL else ""
    return f"was killed by signal {-code}{why}"


def _mark(key: str, value: str | None) -> str:
    return f"{key}-" if value is None else f"{key}={value}"


@contextmanager
def with_kubeconfig(
    kubeconfig: Mapping[str, Any], request_seconds: int = 10, secrets: tuple[str, ...] = ()
) -> Iterator[Cli]:
    """Yield a Cli for the kubeconfig, of which nothing is left behind afterwards.

    `secrets` are further texts that must not show up in an error.
    """
    with inheritable(json.dumps(kubeconfig)) as (path, descriptors):
        # Whatever KUBECONFIG the caller has, only this one is seen: destination contexts of the
        # cilium CLI are looked up there and nowhere else (cilium#36289).
        environment = {_COLLECTING: _SELDOM, **os.environ, "KUBECONFIG": path}
        scrubber = Scrubber((*_credentials(kubeconfig), *secrets))
        direct = Direct(kubeconfig, request_seconds)
        yield Cli(environment, descriptors, scrubber, request_seconds, direct)


def _credentials(kubeconfig: Mapping[str, Any]) -> tuple[str, ...]:
    # Extensions hold the marks of tools, ours too, but no credentials.
    users = [
        {key: value for key, value in (entry.get("user") or {}).items() if key != "extensions"}
        for entry in kubeconfig.get("users", [])
    ]
    # Shorter texts (a user name, "v1") are not credentials and would garble the message.
    long = (text for text in texts(users) if len(text) >= 12)
    own = (str(user[key]) for user in users for key in _CREDENTIALS if user.get(key))
    return (*long, *own)


def texts(value: object) -> Iterator[str]:
    """Yield every text in a value of plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
