"""The demo's client: Pods with curl, which try the mesh."""

from typing import Any

import pulumi

from .common.own_objects import X_WING
from .plumbing import workload
from .plumbing.options import child_options, component_options
from .plumbing.workload import WorkloadArgs

APP = X_WING
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
        super().__init__("cilium-clustermesh:index:XWing", name, None, component_options(opts))
        container = {
            "name": APP,
            "image": args.image,
            "livenessProbe": _probe(),
            "readinessProbe": _probe(),
        }
        made = workload.deployment(
            f"{name}-x-wing", APP, args, container, opts=child_options(self, opts, name)
        )
        self.revision = workload.revision(made)
        self.register_outputs({})


def _probe() -> dict[str, Any]:
    command = ["curl", "-sS", "-o", "/dev/null", "localhost"]
    return {"exec": {"command": command}, "timeoutSeconds": 5}
