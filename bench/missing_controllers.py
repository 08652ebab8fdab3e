"""Reports as done at once what Helm and the CLIs wait for in a cluster without nodes.

Deployments and DaemonSets are ready as soon as they are written, a Service has its endpoint, and
certgen's Job has created its Secrets. So the times are those of the API servers, without Pods.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import urllib3

from components.scripts.member import CERTIFICATE_JOB, CERTIFICATES
from components.scripts.share_ca import SECRET as CA
from lab.nodeless import Api, Json, Refusal
from tests.kubeconfigs import ca

NAME = "missing-controllers"
_SYSTEM = "/api/v1/namespaces/kube-system"
_GONE = (404, 409)

Reaction = Callable[[Api, Json], None]


def be_ready(kind: str, api: Api, written: Json) -> None:
    """Report that all Pods of a Deployment or DaemonSet are up to date and ready."""
    metadata = written["metadata"]
    status: Json = {"observedGeneration": metadata["generation"]}
    if kind == "deployments":
        # Helm and kubectl compare all four.
        keys = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        status |= dict.fromkeys(keys, written["spec"].get("replicas", 1))
    if status.items() <= (written.get("status") or {}).items():
        return
    place = f"/apis/apps/v1/namespaces/{metadata['namespace']}/{kind}/{metadata['name']}/status"
    api.ask("PATCH", place, {"status": status}, "merge-patch+json")


def be_done(api: Api, written: Json) -> None:
    """Report that a Job has succeeded; certgen's creates its Secrets first."""
    metadata, status = written["metadata"], written.get("status") or {}
    if status.get("succeeded"):
        return
    if metadata["name"].startswith(CERTIFICATE_JOB):
        _make_certificates(api)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": now, "lastProbeTime": now}
        for kind in ("SuccessCriteriaMet", "Complete")
    ]
    done = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions}
    place = f"/apis/batch/v1/namespaces/{metadata['namespace']}/jobs/{metadata['name']}/status"
    api.ask("PATCH", place, {"status": done}, "merge-patch+json")


def be_reached(api: Api, written: Json) -> None:
    """Create a Service's endpoint, which Pulumi waits for; it leads nowhere.

    A Service under deletion may go: the garbage collector has nothing to remove before it.
    """
    metadata, spec = written["metadata"], written["spec"]
    if "deletionTimestamp" in metadata:
        place = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}"
        api.ask("PATCH", place, {"metadata": {"finalizers": None}}, "merge-patch+json")
        return
    place = f"/api/v1/namespaces/{metadata['namespace']}/endpoints"
    if not spec.get("selector") or api.get(f"{place}/{metadata['name']}") is not None:
        return
    subset = {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": spec["ports"][0]["port"]}]}
    api.create(place, {"metadata": {"name": metadata["name"]}, "subsets": [subset]})


WATCHED: dict[str, Reaction] = {
    "/apis/apps/v1/deployments": partial(be_ready, "deployments"),
    "/apis/apps/v1/daemonsets": partial(be_ready, "daemonsets"),
    "/apis/batch/v1/jobs": be_done,
    "/api/v1/services": be_reached,
}
"""The watched lists, and the reaction to every object that is written there."""


@contextmanager
def acting(api: Api) -> Iterator[None]:
    """Stand in for the controllers of an API server."""
    answers = {path: api.watch(path) for path in WATCHED}
    threads = [
        threading.Thread(target=_follow, args=(api, answers[path], reaction), daemon=True)
        for path, reaction in WATCHED.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        # The API server would wait for them before it ends.
        for answer in answers.values():
            _hang_up(answer)
        for thread in threads:
            thread.join(10)


def _hang_up(answer: urllib3.BaseHTTPResponse) -> None:
    """End a watch that another thread is reading; a plain close would wait for that thread."""
    open_socket = getattr(answer.connection, "sock", None)
    if isinstance(open_socket, socket.socket):
        with suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)


def _follow(api: Api, answer: urllib3.BaseHTTPResponse, reaction: Reaction) -> None:
    try:
        for line in _lines(answer):
            event = json.loads(line)
            if event["type"] in ("ADDED", "MODIFIED"):
                _react(api, event["object"], reaction)
    except (urllib3.exceptions.HTTPError, ValueError):
        # The API server was stopped, perhaps in the middle of a line.
        return


def _react(api: Api, written: Json, reaction: Reaction) -> None:
    try:
        reaction(api, written)
    except Refusal as refusal:
        if refusal.status not in _GONE:
            raise


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    while chunk := answer.read1(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _make_certificates(api: Api) -> None:
    """Create the Secrets that certgen creates; no agent reads these certificates."""
    own = ca("Cilium CA")
    secrets = {CA: {"ca.crt": own.cert, "ca.key": own.key}}
    made = {"ca.crt": own.cert, "tls.crt": own.cert, "tls.key": own.key}
    secrets |= dict.fromkeys(CERTIFICATES, made)
    for name, data in secrets.items():
        if api.get(f"{_SYSTEM}/secrets/{name}") is None:
            api.create(f"{_SYSTEM}/secrets", {"metadata": {"name": name}, "stringData": data})
