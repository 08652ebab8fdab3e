"""`cilium clustermesh enable` and `disable` for one cluster; doing it twice does nothing.

Environment: CLUSTER (also the context), SERVICE_TYPE, NODE_PORT, ENABLE_SECONDS,
DISABLE_SECONDS, REQUEST_SECONDS.
"""

from components.scripts import pending, release
from components.scripts.cli import RELEASE
from components.scripts.release import Release
from components.scripts.step import Step, StepError, main

SERVICE = "clustermesh-apiserver"
BOUNDS = ("ENABLE_SECONDS", "DISABLE_SECONDS")
REMOTE_CERT = "clustermesh-apiserver-remote-cert"
# certgen makes these outside Helm, so that `disable` leaves them behind (cilium#32300).
CERTIFICATES = tuple(
    f"clustermesh-apiserver-{use}-cert" for use in ("server", "admin", "remote", "local")
)


def enable(step: Step) -> dict[str, object]:
    """Bring the cluster's ClusterMesh control plane to the wanted Service type and NodePort."""
    pending.settle(step, *BOUNDS)
    found = deployed_release(step)
    node_port = int(step.environment["NODE_PORT"])
    timeout = step.seconds("ENABLE_SECONDS")
    has_port = found.value("clustermesh", "apiserver", "service", "nodePort") == node_port
    # Helm builds on the last revision that was deployed, not on one that failed after it.
    if found.status != "deployed" or not has_port:
        # `enable` has no flag for it. First, so that the Service never takes a port that a peer
        # has too (cilium#24692).
        step.say(f"setting the clustermesh-apiserver NodePort to {node_port}")
        values = {"clustermesh": {"apiserver": {"service": {"nodePort": node_port}}}}
        release.set_values(step.cli, step.cluster, found, values, timeout)
    if not _is_enabled(step, found):
        step.say("enabling ClusterMesh")
        service_type = step.environment["SERVICE_TYPE"]
        arguments = ("clustermesh", "enable", f"--service-type={service_type}")
        step.cli.cilium(step.cluster, *arguments, timeout=timeout)
    _check(step, node_port)
    revision = deployed_release(step).revision
    return {"cluster": step.cluster, "nodePort": node_port, "revision": revision}


def disable(step: Step) -> None:
    """Take ClusterMesh and its certificates out of the cluster; the CA and Cilium stay."""
    pending.settle(step, *BOUNDS)
    found = release.newest(step.cli, step.cluster)
    if found is not None and found.value("clustermesh", "useAPIServer"):
        step.say("disabling ClusterMesh")
        timeout = step.seconds("DISABLE_SECONDS")
        step.cli.cilium(step.cluster, "clustermesh", "disable", timeout=timeout)
    step.cli.read(step.cluster, "delete", "secret", "--ignore-not-found", *CERTIFICATES)


def deployed_release(step: Step) -> Release:
    """Read the release that a step is about to change; raises StepError where it cannot be."""
    found = release.newest(step.cli, step.cluster)
    if found is None:
        raise StepError(f"release: not found: no Helm release `{RELEASE}` in kube-system")
    if found.status.startswith("pending-"):
        raise StepError(f"revision {found.revision} of the Helm release is {found.status}")
    return found


def _is_enabled(step: Step, found: Release) -> bool:
    wanted = step.environment["SERVICE_TYPE"]
    return (
        found.status == "deployed"
        and bool(found.value("clustermesh", "useAPIServer"))
        and bool(found.value("clustermesh", "config", "enabled"))
        and found.value("clustermesh", "apiserver", "service", "type") == wanted
        and step.cli.get(step.cluster, "service", SERVICE) is not None
        and step.cli.get(step.cluster, "secret", REMOTE_CERT) is not None
    )


def _check(step: Step, node_port: int) -> None:
    service = step.cli.get(step.cluster, "service", SERVICE)
    if service is None:
        raise StepError(f"the Service {SERVICE} is missing after enable")
    ports = [port.get("nodePort") for port in service["spec"]["ports"]]
    if node_port not in ports:
        raise StepError(f"the Service {SERVICE} has NodePort {ports}, wanted was {node_port}")
    if step.cli.get(step.cluster, "secret", REMOTE_CERT) is None:
        raise StepError(
            f"the Secret {REMOTE_CERT} is missing: look in kube-system at the Job "
            "clustermesh-apiserver-generate-certs and whether its image can be pulled"
        )


if __name__ == "__main__":
    main({"enable": enable, "disable": disable})
