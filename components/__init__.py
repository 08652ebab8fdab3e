"""Pulumi components of cilium-clustermesh and the pure logic below them.

Other programs import the public names from here. Each is loaded when it is first used, because the
scripts live in this package too and must start at once, with little more than the standard library.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api_server_service import ApiServerService as ApiServerService
    from .api_server_service import ApiServerServiceArgs as ApiServerServiceArgs
    from .cilium_release import CiliumRelease as CiliumRelease
    from .cilium_release import CiliumReleaseArgs as CiliumReleaseArgs
    from .cluster_mesh import ClusterMesh as ClusterMesh
    from .common.outputs_schema import MeshCluster as MeshCluster
    from .common.outputs_schema import MeshOutputs as MeshOutputs
    from .config.arguments import ClusterMeshArgs as ClusterMeshArgs
    from .global_service import GlobalService as GlobalService
    from .global_service import GlobalServiceArgs as GlobalServiceArgs
    from .global_service import GlobalServicePort as GlobalServicePort
    from .kubean_cluster import KubeanCluster as KubeanCluster
    from .kubean_cluster import KubeanClusterArgs as KubeanClusterArgs
    from .mesh_kubeconfig import MeshKubeconfig as MeshKubeconfig
    from .mesh_kubeconfig import MeshKubeconfigArgs as MeshKubeconfigArgs
    from .mesh_kubeconfig import MeshKubeconfigMember as MeshKubeconfigMember
    from .mesh_member import MeshMember as MeshMember
    from .mesh_member import MeshMemberArgs as MeshMemberArgs
    from .mesh_peers import MeshPeers as MeshPeers
    from .mesh_peers import MeshPeersArgs as MeshPeersArgs
    from .mesh_peers import Peer as Peer
    from .mesh_reference import MeshReference as MeshReference
    from .mesh_reference import MeshReferenceArgs as MeshReferenceArgs
    from .mesh_verification import DemoSpec as DemoSpec
    from .mesh_verification import MeshVerification as MeshVerification
    from .mesh_verification import MeshVerificationArgs as MeshVerificationArgs
    from .node_kernel import NodeKernel as NodeKernel
    from .node_kernel import NodeKernelArgs as NodeKernelArgs
    from .plumbing.providers import cluster_provider as cluster_provider
    from .plumbing.providers import command_provider as command_provider
    from .plumbing.providers import drift_provider as drift_provider
    from .plumbing.workload import WorkloadArgs as WorkloadArgs
    from .rebel_base import RebelBase as RebelBase
    from .rebel_base import RebelBaseArgs as RebelBaseArgs
    from .shared_ca import CaPair as CaPair
    from .shared_ca import SharedCa as SharedCa
    from .shared_ca import SharedCaArgs as SharedCaArgs
    from .x_wing import XWing as XWing

# The commands that were formerly run as `python -m components.NAME`.
__path__.append(f"{__path__[0]}/former")

_PUBLIC = {
    "api_server_service": ("ApiServerService", "ApiServerServiceArgs"),
    "cilium_release": ("CiliumRelease", "CiliumReleaseArgs"),
    "cluster_mesh": ("ClusterMesh",),
    "config.arguments": ("ClusterMeshArgs",),
    "global_service": ("GlobalService", "GlobalServiceArgs", "GlobalServicePort"),
    "kubean_cluster": ("KubeanCluster", "KubeanClusterArgs"),
    "mesh_kubeconfig": ("MeshKubeconfig", "MeshKubeconfigArgs", "MeshKubeconfigMember"),
    "mesh_member": ("MeshMember", "MeshMemberArgs"),
    "mesh_peers": ("MeshPeers", "MeshPeersArgs", "Peer"),
    "mesh_reference": ("MeshReference", "MeshReferenceArgs"),
    "mesh_verification": ("DemoSpec", "MeshVerification", "MeshVerificationArgs"),
    "node_kernel": ("NodeKernel", "NodeKernelArgs"),
    "common.outputs_schema": ("MeshCluster", "MeshOutputs"),
    "plumbing.providers": ("cluster_provider", "command_provider", "drift_provider"),
    "rebel_base": ("RebelBase", "RebelBaseArgs"),
    "shared_ca": ("CaPair", "SharedCa", "SharedCaArgs"),
    "plumbing.workload": ("WorkloadArgs",),
    "x_wing": ("XWing",),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module; raises AttributeError for any other name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    """Return the public names beside those that are loaded."""
    return sorted({*globals(), *__all__})
