"""The proof: every cluster is connected to every other, and traffic crosses."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from . import drift, rebel_base, x_wing
from .plumbing.command import result, script_command
from .plumbing.options import child_options, component_options


@dataclass(frozen=True, kw_only=True)
class DemoSpec:
    """The target of the traffic; `affinity` and `shared` decide which clusters should answer."""

    namespace: str = "default"
    port: int = 80
    affinity: Literal["none", "local", "remote"] = "none"
    shared: bool = True


@dataclass(frozen=True, kw_only=True)
class MeshVerificationArgs:
    """`kubeconfig` reaches the clusters; `merged` is the one that users get, which is tried.

    `watched`: outputs of all that the proof covers; it runs again when one of them changes.

    Without `demo` only the connections are checked. `requests` go to the global Service per round.
    """

    clusters: Sequence[str]
    kubeconfig: pulumi.Input[Mapping[str, Any]]
    merged: pulumi.Input[Mapping[str, Any]]
    watched: Sequence[pulumi.Input[Any]]
    demo: DemoSpec | None
    requests: int = 20
    status_seconds: int = 300
    traffic_seconds: int = 180
    request_seconds: int = 10


class MeshVerification(pulumi.ComponentResource):
    """Step 8 of the procedure, for every ordered pair of clusters; the update fails if it does.

    `result` is `{"connected": ..., "matrix": [...]}`; `spec` is the script's input, so that it can
    be run without an update.
    """

    result: pulumi.Output[Any]
    spec: Mapping[str, Any]

    def __init__(
        self, name: str, args: MeshVerificationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Verify the mesh; list what the proof covers in `opts.depends_on` as well."""
        super().__init__(
            "cilium-clustermesh:index:MeshVerification", name, None, component_options(opts)
        )
        self.spec = verification_spec(args)
        environment = {
            "SPEC": json.dumps(self.spec, sort_keys=True),
            "REQUEST_SECONDS": str(args.request_seconds),
        }
        options = child_options(self, opts, name)
        command = script_command(
            f"{name}-proof",
            "verify",
            "verify",
            environment={
                **environment,
                "WATCHED": pulumi.Output.all(*args.watched).apply(_fingerprint),
                "REPAIRS": drift.repairs(
                    f"{name}-proof-drift", "verify", environment, args.kubeconfig, options
                ),
            },
            secrets={"kubeconfig": args.kubeconfig, "merged": args.merged},
            opts=options,
        )
        self.result = result(command)
        self.register_outputs({"result": self.result})


def verification_spec(args: MeshVerificationArgs) -> dict[str, Any]:
    """Return the settings of the verification as plain data; it holds no secret."""
    return {
        "clusters": list(args.clusters),
        "demo": _demo(args.demo) if args.demo else None,
        "requests": args.requests,
        "statusSeconds": args.status_seconds,
        "trafficSeconds": args.traffic_seconds,
    }


def _demo(demo: DemoSpec) -> dict[str, Any]:
    return {
        "namespace": demo.namespace,
        "service": rebel_base.APP,
        "servicePort": demo.port,
        "podPort": rebel_base.PORT,
        "servers": ",".join(f"{key}={text}" for key, text in rebel_base.SELECTOR.items()),
        "clients": ",".join(f"{key}={text}" for key, text in x_wing.SELECTOR.items()),
        "affinity": demo.affinity,
        "shared": demo.shared,
    }


def _fingerprint(watched: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(watched, sort_keys=True).encode()).hexdigest()
