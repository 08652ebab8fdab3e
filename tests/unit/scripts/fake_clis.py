"""kubectl and the cilium CLI over clusters that are plain data.

As a program on PATH it keeps them in the folder that WORLD names: `world.json` has the clusters'
content, `calls.jsonl` the calls.
"""

import base64
import copy
import fcntl
import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

CERTIFICATES = [
    f"clustermesh-apiserver-{use}-cert" for use in ("server", "admin", "remote", "local")
]
CHART: dict[str, Any] = {
    "metadata": {"apiVersion": "v2", "name": "cilium", "version": "1.18.4"},
    "templates": [{"name": "templates/a.yaml", "data": base64.b64encode(b"a: b").decode()}],
    "values": {
        "clustermesh": {
            "useAPIServer": False,
            "config": {"enabled": False, "clusters": []},
            "apiserver": {"service": {"type": "NodePort", "nodePort": 32379}},
        }
    },
}

MANIFEST = "---\n# Source: cilium/templates/a.yaml\na: b\n"

Json = dict[str, Any]


class Refused(Exception):
    """What the program would have printed on stderr, and on stdout before it."""

    def __init__(self, text: str, stdout: str = "") -> None:
        super().__init__(text)
        self.stdout = stdout


def fail(text: str) -> NoReturn:
    raise Refused(f"Error: {text}")


def run(world: Json, command: list[str], stdin: str, kubeconfig: Json) -> str:
    """Apply a command line to the world; returns its stdout, raises Refused."""
    program, _, context, *arguments = command
    cluster = Cluster(context, world, kubeconfig)
    if program == "cilium":
        return cilium(cluster, arguments)
    return kubectl(cluster, arguments, stdin)


def merge(base: Json, over: Json) -> Json:
    merged = copy.deepcopy(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


class Cluster:
    def __init__(self, name: str, world: Json, kubeconfig: Json) -> None:
        known = [context["name"] for context in kubeconfig["contexts"]]
        if name not in known:
            fail(f'context "{name}" does not exist')
        self.state = world[name]
        if not self.state.get("up", True):
            user = next(entry["user"] for entry in kubeconfig["users"] if entry["name"] == name)
            fail(f"dial tcp: i/o timeout (with {user['token']})")
        self.objects: Json = self.state["objects"]
        self.release: Json = self.state["release"]
        self._around = (world, kubeconfig)

    def of(self, other: str) -> "Cluster":
        return Cluster(other, *self._around)

    def values(self) -> Json:
        return merge(CHART["values"], self.release["config"])

    def upgrade(self, over: Json) -> None:
        if self.release is None:
            fail("release: not found")
        if self.release["status"].startswith("pending"):
            fail("another operation (install/upgrade/rollback) is in progress")
        self.release["config"] = merge(self.release["config"], over)
        # Somebody else's upgrades at the same time.
        self.release["version"] += 1 + self.state.get("upgradesOfOthers", 0)
        self.release["status"] = "deployed"
        self.render()

    def render(self) -> None:
        mesh = self.values()["clustermesh"]
        if not mesh["useAPIServer"]:
            self.objects.pop("service/clustermesh-apiserver", None)
            self.objects.pop("deployment/clustermesh-apiserver", None)
            self.objects.pop("secret/cilium-clustermesh", None)
            return
        known = {peer["name"]: "" for peer in mesh["config"]["clusters"]}
        self.objects["secret/cilium-clustermesh"] = {"data": known}
        port = mesh["apiserver"]["service"]["nodePort"]
        self.objects["service/clustermesh-apiserver"] = {"spec": {"ports": [{"nodePort": port}]}}
        labels = {"k8s-app": "clustermesh-apiserver"}
        self.objects["deployment/clustermesh-apiserver"] = {
            "spec": {"selector": {"matchLabels": labels}},
            **self.state.get("deployment", {}),
        }
        if self.state.get("certgen", True):
            ca = {"data": {"ca.crt": f"{self.state['name']}-crt", "ca.key": "a2V5"}}
            self.objects.setdefault("secret/cilium-ca", ca)
            self.objects.update({f"secret/{name}": {} for name in CERTIFICATES})


def option(arguments: list[str], name: str) -> str:
    found = [argument for argument in arguments if argument.startswith(f"--{name}=")]
    return found[0].partition("=")[2] if found else ""


def cilium(cluster: Cluster, arguments: list[str]) -> str:
    if arguments[0] == "upgrade":
        if not Path(option(arguments, "chart-directory"), "Chart.yaml").exists():
            fail("no chart")
        cluster.upgrade(json.loads(Path(option(arguments, "values")).read_text()))
        return ""
    if arguments[1] == "status":
        told = cluster.state["meshStatus"]
        # A list: one after the other, the last for good.
        last = isinstance(told, list) and (told.pop(0) if len(told) > 1 else told[0])
        return json.dumps(last or told)
    destinations = [name for name in option(arguments, "destination-context").split(",") if name]
    {
        "enable": lambda: cluster.upgrade(
            {"clustermesh": {"useAPIServer": True, "config": {"enabled": True}}}
        ),
        "disable": lambda: cluster.upgrade(
            {"clustermesh": {"useAPIServer": False, "config": {"enabled": False, "clusters": []}}}
        ),
        "connect": lambda: connect(cluster, destinations, arguments),
    }[arguments[1]]()
    return ""


def connect(cluster: Cluster, names: list[str], arguments: list[str]) -> None:
    peers = {peer["name"]: peer for peer in cluster.values()["clustermesh"]["config"]["clusters"]}
    for name in names:
        peer = cluster.of(name)
        if "--allow-mismatching-ca" not in arguments and (
            peer.objects["secret/cilium-ca"]["data"] != cluster.objects["secret/cilium-ca"]["data"]
        ):
            fail("Cilium CA certificates do not match between clusters")
        port = peer.objects["service/clustermesh-apiserver"]["spec"]["ports"][0]["nodePort"]
        endpoint = option(arguments, "destination-endpoint") or f"{peer.state['address']}:{port}"
        ip, _, number = endpoint.rpartition(":")
        peers[name] = {"name": name, "ips": [ip], "port": int(number)}
    cluster.upgrade({"clustermesh": {"config": {"clusters": list(peers.values())}}})


def kubectl(cluster: Cluster, arguments: list[str], stdin: str) -> str:
    is_whole = "status!=superseded" in option(arguments, "selector")
    words = [word for word in arguments if not word.startswith("-")]
    words = [word for word in words if word not in ("kube-system", "json")]
    if words[0] == "get":
        return get(cluster, words, is_whole=is_whole)
    if words[0] in ("create", "replace"):
        made = json.loads(stdin)
        cluster.objects[f"{made['kind'].lower()}/{made['metadata']['name']}"] = made
    elif words[:2] == ["annotate", "pods"]:
        annotate_pods(cluster, words[2])
    elif words[0] == "annotate":
        marks = dict(word.split("=") for word in words[3:])
        found = cluster.objects["/".join(words[1:3])]
        found.setdefault("metadata", {}).setdefault("annotations", {}).update(marks)
    elif words[0] == "delete" and option(arguments, "raw"):
        remove_release(cluster, option(arguments, "raw"), json.loads(stdin)["preconditions"])
    elif words[0] == "delete":
        for name in words[1:]:
            cluster.objects.pop(name, None)
    elif words[0] == "rollout" and not cluster.state.get("ready", True):
        fail("timed out waiting for the condition")
    elif words[0] == "logs":
        log = cluster.state["logs"].get(f"{words[1]}/{option(arguments, 'container')}")
        return str(log) if log is not None else fail("container is waiting to start")
    elif words[0] == "exec":
        return execute(cluster, words)
    return ""


def annotate_pods(cluster: Cluster, mark: str) -> None:
    if not cluster.state.get("mayPatchPods", True):
        fail('pods "cilium-1" is forbidden')
    key, _, value = mark.partition("=")
    for pod in cluster.state.get("pods", []):
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations.pop(key.removesuffix("-"), None)
        annotations.update({key: value} if value else {})


def execute(cluster: Cluster, words: list[str]) -> str:
    if "troubleshoot" in words:
        return str(cluster.state.get("troubleshoot", ""))
    urls = [word for word in words if word.startswith("http://")]
    answers = [next_answer(cluster, url) for url in urls]
    said = "".join(f"{body}\n#answered {code} 0.0015\n" for body, code in answers)
    if answers[-1][1] == "000":
        raise Refused("curl: (28) Connection timed out", said)
    return said


def next_answer(cluster: Cluster, url: str) -> tuple[str, str]:
    """Answers of a URL take turns; a cluster's name becomes rebel-base's answer."""
    turns = cluster.state["answers"].get(url, [])
    if not turns:
        return "", "000"
    name = turns.pop(0)
    turns.append(name)
    return (json.dumps({"Galaxy": "Alderaan", "Cluster": name}), "200")


def get(cluster: Cluster, words: list[str], *, is_whole: bool) -> str:
    if words[1] == "/version":
        return "{}" if cluster.state.get("nodePortOpen", True) else fail("i/o timeout")
    if "/" in words[1]:
        return objects(cluster, words[1:])
    if words[1] == "secrets":
        return current(cluster) if is_whole else "".join(f"{one}\n" for one in revisions(cluster))
    if words[1] == "pods":
        return json.dumps({"items": cluster.state["pods"]})
    if words[1] == "nodes":
        return json.dumps({"items": nodes(cluster)})
    if words[2].startswith("sh.helm.release"):
        is_newest = words[2].endswith(f".v{cluster.release['version']}")
        return stored_release(cluster.release if is_newest else before(cluster.release))
    found = cluster.objects.get("/".join(words[1:3]))
    return "" if found is None else json.dumps(found)


def nodes(cluster: Cluster) -> list[Json]:
    address = {"type": "InternalIP", "address": cluster.state["address"]}
    one = {"metadata": {"name": "node1"}, "status": {"addresses": [address]}}
    return list(cluster.state.get("nodes", [one]))


def objects(cluster: Cluster, names: list[str]) -> str:
    """What kubectl prints: a list for several names, the object for one, nothing for none."""
    held = cluster.objects | release_secrets(cluster)
    found = [
        {
            **held[name],
            "kind": kind.title(),
            "metadata": {**(held[name].get("metadata") or {}), "name": of},
        }
        for name in names
        for kind, _, of in [name.partition("/")]
        if name in held
    ]
    if not found:
        return ""
    return json.dumps({"kind": "List", "items": found} if len(names) > 1 else found[0])


def release_secrets(cluster: Cluster) -> Json:
    """The Secrets of the two newest revisions, by name."""
    if not cluster.release:
        return {}
    return {
        f"secret/sh.helm.release.v1.cilium.v{one['version']}": {
            "data": {"release": stored_release(one)}
        }
        for one in (cluster.release, before(cluster.release))
    }


def served(state: Json) -> Json:
    """The API server's objects of the kinds that scripts read in their own process, by path."""
    system = "namespaces/kube-system"
    folders = {
        "secret": f"/api/v1/{system}/secrets",
        "service": f"/api/v1/{system}/services",
        "deployment": f"/apis/apps/v1/{system}/deployments",
    }
    found: Json = {folder: [] for folder in folders.values()}
    for name, one in state["objects"].items():
        kind, _, own = name.partition("/")
        if kind in folders:
            found[f"{folders[kind]}/{own}"] = one
    for one in (state["release"], before(state["release"])):
        name = f"sh.helm.release.v1.cilium.v{one['version']}"
        labels = {"version": str(one["version"]), "status": one["status"]}
        stored = {"metadata": {"name": name, "labels": labels}}
        stored["data"] = {"release": stored_release(one)}
        found[f"{folders['secret']}/{name}"] = stored
        found[folders["secret"]].append(stored)
    return found


def current(cluster: Cluster) -> str:
    """A list of the revisions that are not superseded, whole, in no order."""
    newest = cluster.release
    listed = [newest, *([before(newest)] if newest["version"] > 1 else [])] if newest else []
    stored = [stored_release(one) for one in listed if one["status"] != "superseded"]
    return json.dumps({"items": [{"data": {"release": one}} for one in stored]})


def revisions(cluster: Cluster) -> list[str]:
    """The two newest release Secrets as jsonpath prints them, in no order."""
    newest = cluster.release
    if not newest:
        return []
    listed = [newest, *([before(newest)] if newest["version"] > 1 else [])]
    return [
        f"{one['version']}|{one['status']}|sh.helm.release.v1.cilium.v{one['version']}"
        f"|uid-{one['version']}|{one.get('resourceVersion', 7)}|{one.get('writer', 'helm')}"
        for one in listed
    ]


def before(release: Json) -> Json:
    """The revision before it: deployed until a later one is."""
    status = "superseded" if release["status"] == "deployed" else "deployed"
    config = release.get("configBefore", release["config"])
    kept = release.get("before", release)
    chart: Json = {key: kept[key] for key in ("chart", "manifest") if key in kept}
    return {"version": release["version"] - 1, "status": status, "config": config, **chart}


def remove_release(cluster: Cluster, path: str, wanted: Json) -> None:
    """Remove the newest revision, as an API server does by preconditions."""
    found = cluster.release
    if not path.endswith(f"/secrets/sh.helm.release.v1.cilium.v{found['version']}"):
        fail("the server could not find the requested resource (NotFound)")
    known = {"uid": f"uid-{found['version']}", "resourceVersion": found.get("resourceVersion", 7)}
    if wanted != {key: str(value) for key, value in known.items()}:
        fail("the Precondition of the object failed (Conflict)")
    cluster.state["release"] = before(found)


def stored_release(release: Json) -> str:
    stored = {
        "version": release["version"],
        "info": {"status": release["status"], "description": release.get("description", "")},
        "config": release["config"],
        "chart": release.get("chart", CHART),
        "manifest": release.get("manifest", MANIFEST),
    }
    packed = base64.b64encode(gzip.compress(json.dumps(stored).encode()))
    return base64.b64encode(packed).decode()


def main() -> None:
    folder = Path(os.environ["WORLD"])
    command = sys.argv[1:]
    stdin = sys.stdin.read() if "--filename=-" in command else ""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (folder / "calls.jsonl").open("a") as calls:
            calls.write(json.dumps(command) + "\n")
        path = folder / "world.json"
        world = json.loads(path.read_text())
        kubeconfig = json.loads(Path(os.environ["KUBECONFIG"]).read_text())
        try:
            print(run(world, command, stdin, kubeconfig), end="")
        except Refused as refusal:
            print(refusal.stdout, end="")
            print(refusal, file=sys.stderr)
            sys.exit(1)
        path.write_text(json.dumps(world))


if __name__ == "__main__":
    main()
