"""Stand-in for Kubean's operator: behaves as Kubean documents it, and runs no playbook.

What it does was written from the documentation and the controllers of v0.37: the admission webhook
lets one operation of a cluster run at a time; an operation is Running once it has a Job, then
Succeeded or Failed, and never runs again; the operator writes copies of the inputs, labels,
annotations and owners into the objects; `kubeconfig.yml` writes the ConfigMap. It also plays the
two parts of Kubernetes that are missing beside it: a kubelet that has the Job's log, and the
garbage collector.
"""

import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from components.common.private_file import readable
from tests.fake_api import server_pair
from tests.kubean.crds import definitions
from tests.kubean.management import CORE, KUBEAN, Api, Json, Refusal, config_map
from tests.kubeconfigs import ca

NAMESPACE = "kubean-system"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
NODE = "stand-in"
COMPLETED = {"Succeeded", "Failed"}
FOREGROUND = "foregroundDeletion"
COLLECTED = (
    f"{KUBEAN}/clusters",
    f"{KUBEAN}/clusteroperations",
    JOBS,
    *(f"{CORE}/namespaces/{NAMESPACE}/{kind}" for kind in ("configmaps", "secrets", "pods")),
)
_PAUSE_SECONDS = 0.5


@dataclass
class Operator:
    """A test's decisions, by the operation's action, and what it can inspect.

    `outcomes`: Succeeded by default; `held`: stays Running while it is in there.
    """

    api: Api
    kubeconfig: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    logs: dict[str, str] = field(default_factory=dict)
    played: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Forget what an earlier test decided."""
        for one in (self.outcomes, self.held, self.logs, self.played):
            one.clear()

    # The admission webhook.

    def review(self, asked: Json) -> Json:
        request = asked["request"]
        wanted = request["object"]
        refusal = self._refusal(wanted["metadata"]["name"], wanted["spec"]["cluster"])
        answer: Json = {"uid": request["uid"], "allowed": refusal is None}
        if refusal:
            answer["status"] = {"message": refusal, "reason": "NotAcceptable", "code": 406}
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}

    def _refusal(self, name: str, cluster: str) -> str | None:
        for other in self.api.items(f"{KUBEAN}/clusteroperations"):
            is_other = other["metadata"]["name"] != name and other["spec"]["cluster"] == cluster
            if is_other and _status(other) not in COMPLETED:
                unfinished = other["metadata"]["name"]
                return (
                    f"Not Accept {name} , because clusterOperation {unfinished} has not completed"
                    f" which belongs to Cluster {cluster}"
                )
        return None

    # The controllers.

    def reconcile(self) -> None:
        """Take one step with every object."""
        clusters = {one["metadata"]["name"]: one for one in self.api.items(f"{KUBEAN}/clusters")}
        for operation in self.api.items(f"{KUBEAN}/clusteroperations"):
            cluster = clusters.get(operation["spec"]["cluster"])
            if cluster is not None and _status(operation) not in COMPLETED:
                self._advance(operation, cluster)
        for cluster in clusters.values():
            self._own(cluster)
        self._collect_garbage()

    def _advance(self, operation: Json, cluster: Json) -> None:
        path = f"{KUBEAN}/clusteroperations/{operation['metadata']['name']}"
        if not self._inputs_exist(cluster):
            self._set_status(path, status="Failed")
            return
        if not _status(operation):
            self._prepare(path, operation, cluster)
            return
        action = operation["spec"]["action"]
        if action in self.held:
            return
        outcome = self.outcomes.get(action, "Succeeded")
        if outcome == "Succeeded":
            self._write_kubeconfig(operation, cluster)
        self.played.append((action, operation["metadata"]["name"]))
        self._set_status(path, status=outcome, endTime=_now())
        found = self.api.ask("GET", path)
        found["metadata"].setdefault("labels", {})["hasCompleted"] = "done"
        self.api.ask("PUT", path, found)

    def _inputs_exist(self, cluster: Json) -> bool:
        refs = {"hostsConfRef": "configmaps", "varsConfRef": "configmaps", "sshAuthRef": "secrets"}
        given = {key: cluster["spec"][key] for key in refs if key in cluster["spec"]}
        return all(self.api.get(_ref_path(refs[key], ref)) for key, ref in given.items())

    def _prepare(self, path: str, operation: Json, cluster: Json) -> None:
        """Write into the operation what the operator writes, then create its Job."""
        name, spec = operation["metadata"]["name"], operation["spec"]
        operation["metadata"].setdefault("labels", {})["clusterName"] = cluster["metadata"]["name"]
        operation["metadata"].setdefault("annotations", {})["kubean.io/actor"] = f"{name}-pod"
        operation["metadata"]["ownerReferences"] = [_owner(cluster, is_controller=True)]
        for key, kind in (("hostsConfRef", "configmaps"), ("varsConfRef", "configmaps")):
            spec[key] = self._copy(kind, cluster["spec"][key], operation)
        if "sshAuthRef" in cluster["spec"]:
            spec["sshAuthRef"] = self._copy("secrets", cluster["spec"]["sshAuthRef"], operation)
        script = {"entrypoint.sh": f"ansible-playbook {spec['action']}"}
        spec["entrypointSHRef"] = self._made("configmaps", f"{name}-entrypoint", script, operation)
        self.api.ask("PUT", path, operation)
        job = self._make_job(operation)
        digest = hashlib.md5(json.dumps(spec["action"]).encode()).hexdigest()
        started = {"startTime": _now(), "action": spec["action"], "digest": digest}
        self._set_status(path, status="Running", jobRef=job, **started)

    def _copy(self, kind: str, ref: Json, operation: Json) -> Json:
        found = self.api.ask("GET", _ref_path(kind, ref))
        name = f"{ref['name']}-{operation['metadata']['uid'][:8]}"
        return self._made(kind, name, found["data"], operation)

    def _made(self, kind: str, name: str, data: Json, operation: Json) -> Json:
        metadata = {"name": name, "ownerReferences": [_owner(operation, is_controller=True)]}
        self._create(f"{CORE}/namespaces/{NAMESPACE}/{kind}", {"metadata": metadata, "data": data})
        return {"namespace": NAMESPACE, "name": name}

    def _make_job(self, operation: Json) -> Json:
        name = f"kubean-{operation['metadata']['name']}-job"
        container = {"name": "kubean", "image": operation["spec"]["image"]}
        pod_spec = {"restartPolicy": "Never", "containers": [container]}
        metadata = {"name": name, "ownerReferences": [_owner(operation, is_controller=True)]}
        template = {"spec": pod_spec}
        job = {"metadata": metadata, "spec": {"backoffLimit": 0, "template": template}}
        self._create(JOBS, job)
        made = self.api.ask("GET", f"{JOBS}/{name}")
        labels = made["spec"]["template"]["metadata"]["labels"]
        pod = {
            "metadata": {
                "name": f"{name}-pod",
                "labels": labels,
                "annotations": {"action": operation["spec"]["action"]},
                "ownerReferences": [_owner({**made, "apiVersion": "batch/v1", "kind": "Job"})],
            },
            "spec": {**pod_spec, "nodeName": NODE},
        }
        self._create(f"{CORE}/namespaces/{NAMESPACE}/pods", pod)
        return {"namespace": NAMESPACE, "name": name}

    def _create(self, path: str, body: Json) -> None:
        try:
            self.api.create(path, body)
        except Refusal as refusal:
            if refusal.status != 409:
                raise

    def _write_kubeconfig(self, operation: Json, cluster: Json) -> None:
        """Do what the playbook kubeconfig.yml does, if it is among the hooks."""
        hooks = [hook["action"] for hook in operation["spec"].get("postHook") or []]
        if "kubeconfig.yml" not in hooks:
            return
        name = f"{cluster['metadata']['name']}-kubeconf"
        self.api.delete(config_map(NAMESPACE, name))
        body = {"metadata": {"name": name}, "data": {"config": self.kubeconfig}}
        self.api.create(f"{CORE}/namespaces/{NAMESPACE}/configmaps", body)
        ref = {"spec": {"kubeconfRef": {"namespace": NAMESPACE, "name": name}}}
        path = f"{KUBEAN}/clusters/{cluster['metadata']['name']}"
        self.api.ask("PATCH", path, ref, "merge-patch+json")

    def _set_status(self, path: str, **status: Any) -> None:
        found = self.api.ask("GET", path)
        found["status"] = {**(found.get("status") or {}), **status}
        self.api.ask("PUT", f"{path}/status", found)

    def _own(self, cluster: Json) -> None:
        """Record in the cluster and in its parts what belongs to what."""
        refs = {"hostsConfRef": "configmaps", "varsConfRef": "configmaps", "sshAuthRef": "secrets"}
        for key, kind in {**refs, "kubeconfRef": "configmaps"}.items():
            found = self.api.get(_ref_path(kind, cluster["spec"].get(key)))
            if found is not None and not found["metadata"].get("ownerReferences"):
                found["metadata"]["ownerReferences"] = [_owner(cluster)]
                self.api.ask("PUT", _ref_path(kind, cluster["spec"][key]), found)
        name = cluster["metadata"]["name"]
        conditions = [
            {"clusterOps": one["metadata"]["name"], "status": _status(one)}
            for one in self.api.items(f"{KUBEAN}/clusteroperations")
            if one["spec"]["cluster"] == name
        ]
        if conditions != (cluster.get("status") or {}).get("conditions", []):
            self._set_status(f"{KUBEAN}/clusters/{name}", conditions=conditions)

    def _collect_garbage(self) -> None:
        """Do what Kubernetes does with objects whose owners are all gone, or being deleted.

        An object that was deleted in the foreground goes after those that it owns.
        """
        found = [(path, one) for path in COLLECTED for one in self.api.items(path)]
        alive = {
            one["metadata"]["uid"] for _, one in found if "deletionTimestamp" not in one["metadata"]
        }
        owning = {owner["uid"] for _, one in found for owner in _owners(one)}
        for path, one in found:
            metadata = one["metadata"]
            place, owners = f"{path}/{metadata['name']}", {own["uid"] for own in _owners(one)}
            if "deletionTimestamp" not in metadata:
                if owners and not owners & alive:
                    self.api.delete(place)
            elif metadata["uid"] not in owning and FOREGROUND in metadata.get("finalizers", []):
                kept = [name for name in metadata["finalizers"] if name != FOREGROUND]
                self.api.ask("PUT", place, {**one, "metadata": {**metadata, "finalizers": kept}})


@contextmanager
def operating(api: Api) -> Iterator[Operator]:
    """Run the stand-in beside an API server that knows nothing of Kubean yet."""
    operator = Operator(api.called("kubean-operator"))
    with _serving(operator) as port:
        _install(api, port)
        stop = threading.Event()
        loop = threading.Thread(target=_loop, args=(operator, stop), daemon=True)
        loop.start()
        try:
            yield operator
        finally:
            stop.set()
            loop.join(30)


def _install(api: Api, port: int) -> None:
    for definition in definitions():
        api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    for kind in ("clusters", "clusteroperations"):
        while not _is_served(api, f"{KUBEAN}/{kind}"):
            time.sleep(_PAUSE_SECONDS)
    for name in (NAMESPACE, "kube-system"):
        if api.get(f"{CORE}/namespaces/{name}") is None:
            api.create(f"{CORE}/namespaces", {"metadata": {"name": name}})
    api.create(f"{CORE}/nodes", {"metadata": {"name": NODE}})
    endpoints = {"kubeletEndpoint": {"Port": port}}
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": endpoints,
    }
    node = f"{CORE}/nodes/{NODE}/status"
    api.ask("PATCH", node, {"status": status}, "merge-patch+json")
    api.create(
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", _webhook(port)
    )


def _is_served(api: Api, path: str) -> bool:
    """Whether a kind can be used: at first it is unknown, then its storage is being prepared."""
    try:
        return bool(api.ask("GET", path))
    except Refusal:
        return False


def _webhook(port: int) -> Json:
    # Only for creation, as Kubean registers its own.
    rule = {
        "operations": ["CREATE"],
        "apiGroups": ["kubean.io"],
        "apiVersions": ["v1alpha1"],
        "resources": ["clusteroperations"],
    }
    client = {"url": f"https://127.0.0.1:{port}/webhook", "caBundle": ca().cert_data}
    hook = {
        "name": "kubean.io.webhook",
        "clientConfig": client,
        "rules": [rule],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {"metadata": {"name": "kubean-admission-webhook"}, "webhooks": [hook]}


def _loop(operator: Operator, stop: threading.Event) -> None:
    while not stop.wait(_PAUSE_SECONDS):
        try:
            operator.reconcile()
        except Refusal as refusal:
            # Somebody changed or deleted it meanwhile; the next round sees the new state.
            if refusal.status not in (404, 409):
                operator.errors.append(str(refusal))
        except urllib3.exceptions.HTTPError as error:
            operator.errors.append(str(error))


@contextmanager
def _serving(operator: Operator) -> Iterator[int]:
    """Serve the webhook and the kubelet's logs over TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(operator))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = server_pair()
    with readable(pair.cert) as cert, readable(pair.key) as key:
        context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(operator: Operator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send("application/json", json.dumps(operator.review(asked)))

        def do_GET(self) -> None:
            # /containerLogs/<namespace>/<pod>/<container>
            pod = self.path.split("?")[0].split("/")[3]
            found = operator.api.ask("GET", f"{CORE}/namespaces/{NAMESPACE}/pods/{pod}")
            action = found["metadata"]["annotations"]["action"]
            self._send("text/plain", operator.logs.get(action, ""))

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _status(operation: Json) -> str:
    return str((operation.get("status") or {}).get("status") or "")


def _owners(one: Json) -> list[Json]:
    return list(one["metadata"].get("ownerReferences") or [])


def _ref_path(kind: str, ref: Json | None) -> str:
    if not ref:
        return f"{CORE}/namespaces/{NAMESPACE}/{kind}/none"
    return f"{CORE}/namespaces/{ref['namespace']}/{kind}/{ref['name']}"


def _owner(owner: Json, *, is_controller: bool = False) -> Json:
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }
    both = {"controller": True, "blockOwnerDeletion": True}
    return reference | (both if is_controller else {})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
