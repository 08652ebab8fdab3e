"""Where a resource stands: in which component, under which name."""

from dataclasses import dataclass

_PACKAGE = "cilium-clustermesh:index:"


@dataclass(frozen=True, slots=True)
class Place:
    """`component` is "" for what stands in none of ours; `kind` is the last word of its type.

    `name` is the component's own, which begins with the cluster's, or the resource's where there
    is no component.
    """

    component: str
    kind: str
    name: str

    @property
    def is_component(self) -> bool:
        """Whether it is the component itself, in which nothing is done."""
        return bool(self.component) and self.component == self.kind


def of(urn: str) -> Place:
    """Read the place from a URN: `urn:pulumi:stack::project::parent$type::name`."""
    types, _, name = urn.split("::", 2)[-1].rpartition("::")
    *parents, own = types.split("$")
    ours = [one.removeprefix(_PACKAGE) for one in (*parents, own) if one.startswith(_PACKAGE)]
    kind = own.rpartition(":")[2].rpartition("/")[2]
    return Place(ours[-1] if ours else "", kind, name)
