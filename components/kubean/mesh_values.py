"""Values of Cilium's chart that make a new cluster a member of the mesh from the start."""

from typing import Any

from ..config.models import ClusterConfig, MeshConfig
from ..release_values import mesh as release_values
from ..release_values.mesh import Endpoints
from ..versions import Version


def mesh_values(
    cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints, cilium: Version
) -> dict[str, Any]:
    """Give the values, the CA and its key among them where the config has them.

    ClusterMesh is switched on only where the CA is known before the cluster is made: with
    certificates from another CA it could not get the mesh's later (SharedCa refuses that).
    """
    if mesh.ca.cert is None or mesh.ca.key is None:
        return {"clustermesh": {"maxConnectedClusters": mesh.max_connected_clusters}}
    return release_values.mesh_values(cluster, mesh, peers, cilium)
