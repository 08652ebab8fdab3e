"""The plan for every node's kernel, from the config and the node's state, one line per node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from ..common.versions import parse
from ..config import kubespray
from ..config.models import ClusterConfig, MeshConfig, NodeConfig, SshConfig
from ..facts.cluster import ClusterFacts, NodeFacts
from .access import Access, Endpoint
from .decision import Decision, Verdict, decide
from .elrepo import Source
from .minimum import Minimum, minimum_for
from .ssh import SshError
from .survey import Answer, Place


@dataclass(frozen=True, slots=True)
class NodePlan:
    """The decision about one node; `is_sure`: the node itself was inspected."""

    cluster: str
    node: str
    decision: Decision
    is_sure: bool = True

    def render(self) -> str:
        """Return the plan as one line."""
        return f"{self.cluster}/{self.node}: {self.decision.text}"


def accesses(config: MeshConfig) -> dict[Place, Access]:
    """Return how each node of the config is reached."""
    return {
        (cluster.name, node.name): access(config, node)
        for cluster in config.clusters
        for node in cluster.nodes
    }


def access(config: MeshConfig, node: NodeConfig) -> Access:
    """Return how one node is reached: by its own settings, else by those of `ssh`."""
    general = config.ssh
    own = Endpoint(
        address=node.address,
        port=node.port or general.port,
        user=node.user or general.user,
        private_key=_text(node.private_key or general.private_key),
        host_key=node.host_key,
    )
    return Access(node=own, jump=_jump(general), connect_seconds=general.connect_seconds)


def _jump(general: SshConfig) -> Endpoint | None:
    jump = general.jump
    if jump is None:
        return None
    return Endpoint(
        address=jump.address,
        port=jump.port,
        user=jump.user or general.user,
        private_key=_text(jump.private_key or general.private_key),
        host_key=jump.host_key,
    )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def source(config: MeshConfig) -> Source:
    """Return the source of kernels that the config names."""
    kernel = config.kernel
    return Source(
        package=kernel.package,
        base_url=kernel.base_url,
        release_package_url=kernel.release_package_url,
        key_urls=kernel.key_urls,
    )


def minimum(
    config: MeshConfig, cluster: ClusterConfig, facts: ClusterFacts | None
) -> Minimum | None:
    """Return what both the running Cilium and the configured one need; None if unknown.

    In a cluster that Kubean makes, the version that Kubespray installs counts as running: it is
    the same before the cluster is made and after.
    """
    kubean = cluster.kubean
    there = facts.cilium_version if facts else None
    if kubean is not None:
        there = kubespray.cilium_version(kubean.kubespray, kubean.extra_vars)
    known = [one for one in (parse(config.kernel.cilium_version or ""), there) if one]
    return minimum_for(max(known)) if known else None


def plans(
    config: MeshConfig, facts: Iterable[ClusterFacts], answers: Mapping[Place, Answer]
) -> Sequence[NodePlan]:
    """Return the decision about every node of the config, in its order."""
    by_name = {one.name: one for one in facts}
    return [
        _plan(config, cluster, node, by_name.get(cluster.name), answers[cluster.name, node.name])
        for cluster in config.clusters
        for node in cluster.nodes
    ]


def _plan(
    config: MeshConfig,
    cluster: ClusterConfig,
    node: NodeConfig,
    facts: ClusterFacts | None,
    answer: Answer,
) -> NodePlan:
    needed = minimum(config, cluster, facts)
    if needed is None:
        text = "the kernel it needs is unknown, because Cilium's version there is unknown"
        unknown = Decision(Verdict.REFUSED, text, "set kernel.ciliumVersion")
        return NodePlan(cluster.name, node.name, unknown)
    if isinstance(answer, SshError):
        listed = facts.nodes if facts else ()
        known = next((one for one in listed if one.name == node.name), None)
        return _unseen(cluster.name, node, answer, known, needed)
    allowed = config.kernel.upgrade
    decision = decide(answer, needed, source(config), is_allowed=allowed)
    return NodePlan(cluster.name, node.name, decision)


def _unseen(
    cluster: str, node: NodeConfig, error: SshError, known: NodeFacts | None, needed: Minimum
) -> NodePlan:
    """Return the plan for a node that could not be inspected: by its Node object, if any."""
    text = f"it could not be inspected over SSH ({node.address}): {error.text}"
    if known is not None and needed.is_met_by(known.kernel):
        text += f"; its Node object reports kernel {known.kernel}, which is new enough ({needed})"
        enough = Decision(Verdict.ENOUGH, text, error.remedy)
        return NodePlan(cluster, node.name, enough, is_sure=False)
    return NodePlan(cluster, node.name, Decision(Verdict.REFUSED, text, error.remedy))
