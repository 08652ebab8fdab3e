"""The demo's client: Pods with curl, from which the mesh is tried."""

import pulumi
import pulumi_kubernetes as kubernetes

from . import children, workload
from .workload import WorkloadArgs

APP = "x-wing"
SELECTOR = workload.selector(APP)


class XWing(pulumi.ComponentResource):
    """Step 6 of the procedure: json-mock, whose Pods have the curl that nginx:1.15.8 lacks.

    Another image must have curl, too.
    """

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the Deployment in the cluster of the given provider."""
        super().__init__("cilium-clustermesh:index:XWing", name, None, children.own(opts))
        container = kubernetes.core.v1.ContainerArgs(
            name=APP, image=args.image, liveness_probe=_probe(), readiness_probe=_probe()
        )
        made = workload.deployment(name, APP, args, container, opts=children.of(self, opts))
        self.revision = workload.revision(made)
        self.register_outputs({})


def _probe() -> kubernetes.core.v1.ProbeArgs:
    return kubernetes.core.v1.ProbeArgs(
        exec_=kubernetes.core.v1.ExecActionArgs(
            command=["curl", "-sS", "-o", "/dev/null", "localhost"]
        ),
        timeout_seconds=5,
    )
