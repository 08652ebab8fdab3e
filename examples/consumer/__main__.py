"""One more global Service on a mesh that another stack made: echo-base, answered by every cluster.

From the mesh's stack it takes who the members are and how they are reached.
"""

import pulumi
import pulumi_kubernetes as kubernetes
from cilium_clustermesh import (
    GlobalService,
    GlobalServiceArgs,
    GlobalServicePort,
    MeshReference,
    MeshReferenceArgs,
    RebelBase,
    RebelBaseArgs,
    rebel_base,
)

NAMESPACE, SERVICE = "hoth", "echo-base"

config = pulumi.Config()
image = config.require("image")
mesh = MeshReference("mesh", MeshReferenceArgs(stack=config.require("mesh")))

for cluster in mesh.clusters:
    there = pulumi.ResourceOptions(provider=mesh.providers[cluster.name])
    namespace = kubernetes.core.v1.Namespace(
        cluster.name, metadata=kubernetes.meta.v1.ObjectMetaArgs(name=NAMESPACE), opts=there
    )
    inside = pulumi.ResourceOptions.merge(there, pulumi.ResourceOptions(depends_on=[namespace]))
    backend = RebelBaseArgs(cluster=cluster.name, image=image, namespace=NAMESPACE)
    RebelBase(cluster.name, backend, inside)
    service = GlobalServiceArgs(
        service=SERVICE,
        namespace=NAMESPACE,
        selector=rebel_base.SELECTOR,
        ports=[GlobalServicePort(name="http", port=80, target_port=rebel_base.PORT)],
        affinity="local",
    )
    GlobalService(cluster.name, service, inside)

pulumi.export("url", f"http://{SERVICE}.{NAMESPACE}")
