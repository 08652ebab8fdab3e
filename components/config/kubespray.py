"""What the releases of Kubespray have in common and what not, as far as a mesh depends on it.

From the sources of its releases (roles/network_plugin/cilium, roles/kubespray_defaults).
"""

from collections.abc import Mapping

from ..common.versions import Version, parse

# Older ones install Cilium from templates and leave no Helm release, without which the cilium CLI
# can do nothing.
OLDEST = Version(2, 28)
# `cilium_extra_values`, any value of Cilium's chart, came with this one.
EXTRA_VALUES = Version(2, 29)
# Kubespray asserts it (roles/network_plugin/cilium/tasks/check.yml).
HIGHEST_CLUSTER_ID = 255

# Minor of Kubespray 2 -> the Cilium that it installs unless told otherwise.
_CILIUM = {28: Version(1, 17), 29: Version(1, 18), 30: Version(1, 18), 31: Version(1, 19)}
_NEWER = Version(1, 20)


def has_extra_values(kubespray: Version) -> bool:
    """Whether this release takes values for Cilium's chart."""
    return kubespray >= EXTRA_VALUES


def cilium_version(kubespray: Version, variables: Mapping[str, object]) -> Version:
    """Give the version of Cilium that a cluster gets: the variables' own, else the default."""
    chosen = parse(str(variables.get("cilium_version", "")))
    return chosen or _CILIUM.get(kubespray.minor, _NEWER)
