"""Step 8 of the procedure: the verification of what the steps before have made."""

from collections.abc import Mapping

from ..mesh_kubeconfig import MeshKubeconfig
from ..mesh_member import MeshMember
from ..mesh_peers import MeshPeers
from ..mesh_verification import MeshVerification, MeshVerificationArgs
from .demo import Demo
from .site import Site


def verify(
    site: Site,
    kubeconfig: MeshKubeconfig,
    members: Mapping[str, MeshMember],
    peers: Mapping[str, MeshPeers],
    demo: Demo | None,
) -> MeshVerification | None:
    """Prove the mesh with traffic; None if the config switches that off."""
    settings = site.config.verification
    if not settings.enabled:
        return None
    names = [cluster.name for cluster in site.config.clusters]
    args = MeshVerificationArgs(
        clusters=names,
        kubeconfig=site.reaching(*names),
        merged=kubeconfig.members,
        watched=[
            *(member.result for member in members.values()),
            *(one.result for one in peers.values()),
            *(demo.revisions if demo else []),
        ],
        demo=demo.spec if demo else None,
        requests=settings.requests,
        status_seconds=site.config.timeouts.status_seconds,
        traffic_seconds=settings.timeout_seconds,
        request_seconds=site.config.timeouts.request_seconds,
    )
    first = site.config.clusters[0]
    after = [*members.values(), *peers.values(), *(demo.resources if demo else [])]
    return MeshVerification("mesh", args, site.on(first, *after))
