"""A cluster that Kubean, an operator in the management cluster, makes with Kubespray over SSH."""

import json
from dataclasses import dataclass, field
from typing import Any

import pulumi

from .plumbing.command import result, script_command
from .plumbing.kubernetes import KubernetesObject, Manifest, object_meta
from .plumbing.options import child_options, component_options, merged_options
from .plumbing.outputs import once_created
from .rendering import kubean_hosts, kubean_variables
from .rendering.kubean_operation import ANNOTATIONS, API_VERSION, KIND, Operation

# The operator adds its findings, and owner references, to the objects that it is given.
_OWNERS = ["metadata.ownerReferences"]
_OF_CLUSTER = [*_OWNERS, "metadata.annotations", "spec.kubeconfRef", "spec.preCheckRef"]
# The whole spec, because an operation is never edited: its name identifies its content.
_OF_OPERATION = [*_OWNERS, "metadata.annotations", "metadata.labels", "spec"]
# The provider keeps a copy of an object's inputs beside it, as `__inputs`.
_SECRET = ["data", "stringData", "__inputs"]


@dataclass(frozen=True, kw_only=True)
class KubeanClusterArgs:
    """`kubeconfig` reaches the management cluster, `namespace` is that of its operator.

    `hosts` and `variables` are the inventory and the Kubespray variables, both YAML; `variables`
    are secret. `reset` runs when the cluster is removed; without it the machines stay as they are.
    A protected cluster cannot be removed at all.
    """

    kubeconfig: pulumi.Input[Any] = field(repr=False)
    hosts: pulumi.Input[str]
    variables: pulumi.Input[str] = field(repr=False)
    ssh_private_key: pulumi.Input[str] = field(repr=False)
    operation: Operation
    reset: Operation | None = None
    namespace: str = "kubean-system"
    protect: bool = True
    timeout_seconds: int = 3600
    request_seconds: int = 10


class KubeanCluster(pulumi.ComponentResource):
    """Steps 1 and 2 of the procedure for one cluster; `kubeconfig` is YAML, and a secret."""

    kubeconfig: pulumi.Output[str]

    def __init__(
        self, name: str, args: KubeanClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the cluster of that name with the providers of the management cluster."""
        super().__init__(
            "cilium-clustermesh:index:KubeanCluster", name, None, component_options(opts)
        )
        self._name, self._args = name, args
        self._options = child_options(self, opts)
        self._lasting = merged_options(self._options, protect=args.protect)
        cluster = self._cluster(self._inputs())
        operation = KubernetesObject(
            args.operation.name,
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": object_meta(args.operation.name, annotations=ANNOTATIONS),
                "spec": dict(args.operation.spec),
            },
            merged_options(self._options, depends_on=[cluster], ignore_changes=_OF_OPERATION),
        )
        self.kubeconfig = self._kubeconfig([cluster, operation])
        self.register_outputs({"kubeconfig": self.kubeconfig})

    def _inputs(self) -> dict[str, pulumi.Resource]:
        """The objects that Kubespray reads; the operator wants all three in one namespace."""
        options = merged_options(self._lasting, ignore_changes=_OWNERS)
        secret = merged_options(options, additional_secret_outputs=_SECRET)
        texts = {kubean_hosts.FILE: self._args.hosts}
        secrets = {kubean_variables.FILE: pulumi.Output.secret(self._args.variables)}
        key = {"ssh-privatekey": pulumi.Output.secret(self._args.ssh_private_key)}
        return {
            "hostsConfRef": KubernetesObject(
                f"{self._name}-hosts",
                self._object("ConfigMap", f"{self._name}-hosts-conf", data=texts),
                options,
            ),
            "varsConfRef": KubernetesObject(
                f"{self._name}-vars",
                self._object("ConfigMap", f"{self._name}-vars-conf", data=secrets),
                secret,
            ),
            "sshAuthRef": KubernetesObject(
                f"{self._name}-ssh",
                self._object(
                    "Secret",
                    f"{self._name}-ssh-auth",
                    type="kubernetes.io/ssh-auth",
                    stringData=pulumi.Output.secret(key),
                ),
                secret,
            ),
        }

    def _object(self, kind: str, name: str, **more: object) -> Manifest:
        metadata = object_meta(name, self._args.namespace)
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}

    def _cluster(self, inputs: dict[str, pulumi.Resource]) -> pulumi.Resource:
        names = {
            "hostsConfRef": f"{self._name}-hosts-conf",
            "varsConfRef": f"{self._name}-vars-conf",
            "sshAuthRef": f"{self._name}-ssh-auth",
        }
        return KubernetesObject(
            self._name,
            {
                "apiVersion": API_VERSION,
                "kind": "Cluster",
                "metadata": object_meta(self._name, labels={"clusterName": self._name}),
                "spec": {
                    ref: {"namespace": self._args.namespace, "name": name}
                    for ref, name in names.items()
                },
            },
            merged_options(
                self._lasting, depends_on=list(inputs.values()), ignore_changes=_OF_CLUSTER
            ),
        )

    def _kubeconfig(self, made: list[pulumi.Resource]) -> pulumi.Output[str]:
        """Wait for the operation, then read the kubeconfig that it has written."""
        environment = {
            "CLUSTER": self._name,
            "OPERATION": self._args.operation.name,
            "NAMESPACE": self._args.namespace,
            "TIMEOUT_SECONDS": str(self._args.timeout_seconds),
            "REQUEST_SECONDS": str(self._args.request_seconds),
        }
        reset = self._args.reset
        if reset is not None:
            environment["RESET"] = json.dumps(reset.manifest, sort_keys=True)
        command = script_command(
            f"{self._name}-kubean",
            "kubean",
            "wait",
            inverse="reset" if reset is not None else None,
            environment=environment,
            secrets={"kubeconfig": self._args.kubeconfig},
            # Else a destroy would reset the machines before it is refused.
            opts=merged_options(
                self._lasting, depends_on=made, aliases=[pulumi.Alias(name=self._name)]
            ),
        )
        place = result(command).apply(self._written)
        found = KubernetesObject(
            f"{self._name}-kubeconf",
            {"apiVersion": "v1", "kind": "ConfigMap"},
            merged_options(
                self._options, id=place, depends_on=[command], additional_secret_outputs=_SECRET
            ),
        )
        data: pulumi.Output[Any] = pulumi.Output.secret(once_created(command, found.data))
        return data.apply(lambda known: str(known["config"]))

    def _written(self, waited: Any) -> str:
        if not waited:
            text = f"{self._name}: Kubean has not made the cluster, so it cannot join the mesh"
            raise pulumi.RunError(text)
        return str(waited["kubeconfig"])
