"""The differences between Kubespray's releases that matter to a mesh.

From the sources of its releases (roles/network_plugin/cilium, roles/kubespray_defaults).
"""

from collections.abc import Mapping

from ..common.versions import Version, parse

# Older ones install Cilium from templates, without the Helm release that the cilium CLI needs.
OLDEST = Version(2, 28)
# The first with `cilium_extra_values`, which takes any value of Cilium's chart.
EXTRA_VALUES = Version(2, 29)
# Kubespray asserts this (roles/network_plugin/cilium/tasks/check.yml).
HIGHEST_CLUSTER_ID = 255

# Minor of Kubespray 2 -> the Cilium that it installs by default.
_CILIUM = {28: Version(1, 17), 29: Version(1, 18), 30: Version(1, 18), 31: Version(1, 19)}
_NEWER = Version(1, 20)


def has_extra_values(kubespray: Version) -> bool:
    """Whether this release takes values for Cilium's chart."""
    return kubespray >= EXTRA_VALUES


def cilium_version(kubespray: Version, variables: Mapping[str, object]) -> Version:
    """Return the Cilium version of a cluster: the one in the variables, else the default."""
    chosen = parse(str(variables.get("cilium_version", "")))
    return chosen or _CILIUM.get(kubespray.minor, _NEWER)
