"""The name and id of every member of the mesh; a change is refused unless it is intended.

Security identities are made from the cluster id, so after a change all Pods must be restarted
(Cilium's documentation, "Specify the Cluster Name and ID"), and the peers keep what they learned.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import dynamic

from .plumbing.dynamic import PythonResource
from .plumbing.outputs import Later

if TYPE_CHECKING:
    # The engine starts a Python for the provider alone, which the config's models would slow down.
    from .config.models import ClusterConfig

Properties = dict[str, Any]
# By cluster name: its uid, "" if that could not be read, and its id.
Identities = Mapping[str, Mapping[str, Any]]


class MeshIdentityProvider(dynamic.ResourceProvider):
    """Compares the members with those recorded, in a preview too; makes and deletes nothing.

    The state holds this class by its module and name, so neither may change.
    """

    def check(self, olds: Properties, news: Properties) -> dynamic.CheckResult:
        """Refuse changes that are not intended; record the rest, without former names and ids."""
        before, members = olds.get("identities") or {}, news["members"]
        recorded = {name: _recorded(name, member, before) for name, member in members.items()}
        # No property is named: the engine would print all of its value first.
        failures = [dynamic.CheckFailure("", text) for text in refusals(before, members)]
        return dynamic.CheckResult({"identities": recorded}, failures)

    def create(self, props: Properties) -> dynamic.CreateResult:
        """Record the identities."""
        return dynamic.CreateResult("mesh", {"identities": props["identities"]})

    def diff(self, _id: str, olds: Properties, news: Properties) -> dynamic.DiffResult:
        """Compare the identities alone."""
        return dynamic.DiffResult(changes=olds.get("identities") != news["identities"])

    def update(self, _id: str, _olds: Properties, news: Properties) -> dynamic.UpdateResult:
        """Record the identities."""
        return dynamic.UpdateResult({"identities": news["identities"]})


class MeshIdentity(PythonResource, module="cilium-clustermesh", name="MeshIdentity"):
    """The members' recorded identities.

    Whatever must not run against a changed cluster depends on it.
    """

    def __init__(
        self,
        name: str,
        clusters: Iterable["ClusterConfig"],
        uids: Mapping[str, Later[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Compare the clusters, identified by their uids, with those of the last update."""
        members = {one.name: _member(one, uids[one.name]) for one in clusters}
        super().__init__(MeshIdentityProvider(), name, {"members": members}, opts)


def refusals(before: Identities, members: Identities) -> Iterator[str]:
    """Yield a refusal for every member whose name or id has changed and is not declared as changed.

    Beside its uid and id, a member may have the `formerName` and `formerId` that declare a change.
    """
    for name, member in members.items():
        known = _known(name, member, before)
        if known is None:
            continue
        wanted = _changes(known, name, member)
        if any(member.get(key) != value for key, value in wanted.items()):
            yield _refusal(known, (name, int(member["id"])), wanted, len(members))


def _member(cluster: "ClusterConfig", uid: Later[str]) -> Properties:
    former = {"formerName": cluster.former_name, "formerId": cluster.former_id}
    given = {key: value for key, value in former.items() if value is not None}
    return {"uid": uid, "id": cluster.id, **given}


def _known(name: str, member: Mapping[str, Any], before: Identities) -> tuple[str, int] | None:
    """Return the name and id that this cluster had; None if it was not in the mesh."""
    # In the preview of an update that makes the cluster, its uid is not a text but unknown.
    uid = member["uid"] if isinstance(member["uid"], str) else ""
    for known, one in before.items():
        is_named = known in (name, member.get("formerName"))
        # A cluster that does not answer, or did not, can only be identified by its name.
        is_same = one["uid"] == uid if one["uid"] and uid else is_named
        if is_same:
            return known, int(one["id"])
    return None


def _recorded(name: str, member: Mapping[str, Any], before: Identities) -> Properties:
    known = _known(name, member, before)
    uid = member["uid"] or (before[known[0]]["uid"] if known else "")
    return {"uid": uid, "id": member["id"]}


def _changes(known: tuple[str, int], name: str, member: Mapping[str, Any]) -> Properties:
    """Return what the member has to declare: the former name or id, if it has changed."""
    differing = {"formerName": known[0] != name, "formerId": known[1] != member["id"]}
    values = {"formerName": known[0], "formerId": known[1]}
    return {key: values[key] for key in values if differing[key]}


def _refusal(known: tuple[str, int], now: tuple[str, int], wanted: Properties, count: int) -> str:
    forced = " and ".join(f"`{key}: {value}`" for key, value in wanted.items())
    leave = "take it out of the config and run `pulumi up`" if count > 2 else "run `pulumi destroy`"
    return (
        f"the member {known[0]} (id {known[1]}) of this mesh would become {now[0]} (id {now[1]})."
        " Its Pods' identities carry the id, and its peers keep what they know under the old name:"
        " policies would apply to the wrong Pods, and Services would keep dead backends. Nothing"
        " was changed. Give it its old name and id back, in Cilium and in the config; then"
        f" {leave}, change it, restart its Pods and add it again. Or, if a disruption is"
        f" acceptable, write {forced} into its entry and run this again"
    )
