"""`cilium clustermesh enable` and `disable` for one cluster; doing it twice does nothing.

Environment: CLUSTER (also the context), SERVICE_TYPE, NODE_PORT, ENABLE_SECONDS,
DISABLE_SECONDS, REQUEST_SECONDS; RELEASE, if Pulumi owns the Helm release: its revision.
"""

import time
from collections.abc import Iterable, Mapping

from ..cilium.helm_release import RELEASE, Release
from . import leftovers, share_ca
from .lib import deletion, kubelets, pending, release
from .lib.step import Step, StepError, main

_PAUSE_SECONDS = 2.0
SERVICE = "clustermesh-apiserver"
BOUNDS = ("ENABLE_SECONDS", "DISABLE_SECONDS")
REMOTE_CERT = "clustermesh-apiserver-remote-cert"
CERTIFICATE_JOB = "clustermesh-apiserver-generate-certs"
# certgen makes these outside Helm, so `disable` leaves them behind (cilium#32300).
CERTIFICATES = tuple(
    f"clustermesh-apiserver-{use}-cert" for use in ("server", "admin", "remote", "local")
)


def enable(step: Step) -> dict[str, object]:
    """Bring the cluster's ClusterMesh control plane to the wanted Service type and NodePort."""
    if is_released(step):
        return _await_enabled(step)
    found = settled_release(step, *BOUNDS)
    node_port = int(step.environment["NODE_PORT"])
    timeout = step.seconds("ENABLE_SECONDS")
    configured = _in_release(step, found)
    # Helm builds on the last revision that was deployed, not on one that failed after it.
    if configured.keys() & {"release", "nodePort"}:
        # `enable` has no flag for it. Done first, so that the Service never takes a port that a
        # peer has too (cilium#24692).
        step.say(f"setting the clustermesh-apiserver NodePort to {node_port}")
        values = {"clustermesh": {"apiserver": {"service": {"nodePort": node_port}}}}
        release.set_values(step.cli, step.cluster, found, values, timeout)
    if configured.keys() - {"nodePort"}:
        step.say("enabling ClusterMesh")
        service_type = step.environment["SERVICE_TYPE"]
        arguments = ("clustermesh", "enable", f"--service-type={service_type}")
        release.write(step.cli, step.cluster, found, *arguments, timeout=timeout)
        changed = _await_certificate(step, timeout)
    else:
        changed = _in_cluster(step)
    if changed:
        step.say(f"applying the Helm release again: {'; '.join(changed.values())}")
        release.set_values(step.cli, step.cluster, deployed_release(step), {}, timeout)
        _check(_in_cluster(step))
    return _result(step, deployed_release(step))


def is_released(step: Step) -> bool:
    """Whether Pulumi owns the Helm release: scripts then look and wait, and leave it alone."""
    return "RELEASE" in step.environment


def not_as_released(texts: Iterable[str]) -> StepError:
    """Return the error for what is no longer as Pulumi's release has left it."""
    return StepError(
        f"after Pulumi's Helm release, {'; '.join(texts)}: somebody has changed it since; "
        "`pulumi up --refresh` sets it again",
        is_explained=True,
    )


def _await_enabled(step: Step) -> dict[str, object]:
    missing = _await_certificate(step, step.seconds("ENABLE_SECONDS"))
    found = deployed_release(step)
    if differing := _in_release(step, found):
        raise not_as_released(differing.values())
    _check(missing)
    share_ca.keep(step)
    return _result(step, found)


def _result(step: Step, found: Release) -> dict[str, object]:
    node_port = int(step.environment["NODE_PORT"])
    return {"cluster": step.cluster, "nodePort": node_port, "revision": found.revision}


def observe(step: Step) -> dict[str, str]:
    """Return what differs from what `enable` leaves, in the Helm release and in the cluster."""
    found = release.newest(step.cli, step.cluster)
    if found is None:
        return {"release": f"there is no Helm release `{RELEASE}` any more"}
    configured = _in_release(step, found)
    # If the mesh is off, its objects are gone as well, which is no news.
    return configured if "enabled" in configured else {**configured, **_in_cluster(step)}


def disable(step: Step) -> None:
    """Remove ClusterMesh, its peers and certificates from the cluster; the CA and Cilium stay."""
    leftovers.watch_for(step.secrets["kubeconfig"])
    undone = "ClusterMesh stays enabled in it, with its peers"
    if deletion.is_given_up(step, undone) or deletion.is_another_members(step, undone):
        return
    found = pending.settle(step, *BOUNDS)
    if found is not None and deletion.is_left_alone(step, found, undone):
        return
    _disable_in_release(step, found)
    kubelets.forget(step)
    left = (*(f"secret/{name}" for name in CERTIFICATES), f"job/{CERTIFICATE_JOB}")
    step.cli.read(step.cluster, "delete", "--ignore-not-found", *left)


def _disable_in_release(step: Step, found: Release | None) -> None:
    timeout = step.seconds("DISABLE_SECONDS")
    if found is not None and found.value("clustermesh", "useAPIServer"):
        step.say("disabling ClusterMesh")
        release.write(step.cli, step.cluster, found, "clustermesh", "disable", timeout=timeout)
        found = release.newest(step.cli, step.cluster)
    # Older CLIs leave them, and so does a `disconnect` that the cluster did not answer.
    if found is not None and found.peers:
        step.say(f"removing its peers {', '.join(sorted(found.peers))}")
        release.set_values(step.cli, step.cluster, found, found.without({*found.peers}), timeout)


def deployed_release(step: Step) -> Release:
    """Read the release that a step is about to change; raises StepError if it cannot be changed."""
    return _changeable(release.newest(step.cli, step.cluster))


def settled_release(step: Step, *bounds: str) -> Release:
    """Do the same after `pending.settle` has dealt with a pending revision; raises StepError."""
    return _changeable(pending.settle(step, *bounds))


def _changeable(found: Release | None) -> Release:
    if found is None:
        raise StepError(f"release: not found: no Helm release `{RELEASE}` in kube-system")
    if found.is_pending:
        raise StepError(f"revision {found.revision} of the Helm release is {found.status}")
    return found


def _in_release(step: Step, found: Release) -> dict[str, str]:
    """Return how the Helm release differs from what is wanted, by subject."""
    wanted_port, wanted_type = step.environment["NODE_PORT"], step.environment["SERVICE_TYPE"]
    is_enabled = found.value("clustermesh", "useAPIServer") and found.value(
        "clustermesh", "config", "enabled"
    )
    port = found.value("clustermesh", "apiserver", "service", "nodePort")
    service_type = found.value("clustermesh", "apiserver", "service", "type")
    differing = {
        "release": found.status != "deployed",
        "enabled": not is_enabled,
        "nodePort": str(port) != wanted_port,
        "serviceType": service_type != wanted_type,
    }
    texts = {
        "release": f"revision {found.revision} of the Helm release is {found.status}",
        "enabled": "ClusterMesh is disabled in the Helm release",
        "nodePort": f"the Helm release has NodePort {port}, wanted is {wanted_port}",
        "serviceType": f"the Helm release has Service type {service_type}, not {wanted_type}",
    }
    return {key: text for key, text in texts.items() if differing[key]}


def _in_cluster(step: Step) -> dict[str, str]:
    """Return which objects of the Helm release are missing or changed, and how."""
    found = {
        "service": f"the Service {SERVICE} is missing",
        "deployment": f"the Deployment {SERVICE} is missing",
        "certificate": f"the Secret {REMOTE_CERT} is missing",
    }
    names = {"service": f"service/{SERVICE}", "deployment": f"deployment/{SERVICE}"}
    names["certificate"] = f"secret/{REMOTE_CERT}"
    read = step.cli.objects(step.cluster, *names.values())
    objects = {key: read.get(name) for key, name in names.items()}
    missing = {key: text for key, text in found.items() if objects[key] is None}
    wanted = int(step.environment["NODE_PORT"])
    service = objects["service"] or {"spec": {"ports": [{"nodePort": wanted}]}}
    ports = [port.get("nodePort") for port in service["spec"]["ports"]]
    if (objects["deployment"] or {}).get("spec", {}).get("replicas") == 0:
        missing["deployment"] = f"the Deployment {SERVICE} is scaled to nothing"
    if wanted not in ports:
        said = ", ".join(str(port) for port in ports)
        missing["service"] = f"the Service {SERVICE} has NodePort {said}, wanted is {wanted}"
    return missing


def _await_certificate(step: Step, seconds: int) -> dict[str, str]:
    # From chart 1.20 on the Job that makes it is not a hook, so the CLI does not wait for it.
    until = time.monotonic() + seconds
    while set(found := _in_cluster(step)) == {"certificate"} and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
    return found


def _check(found: Mapping[str, str]) -> None:
    if not found:
        return
    hint = f"; look in kube-system at the Job {CERTIFICATE_JOB} and whether its image can be pulled"
    way_out = hint if "certificate" in found else ""
    raise StepError(f"after enable, {'; '.join(found.values())}{way_out}")


if __name__ == "__main__":
    main({"enable": enable, "disable": disable})
