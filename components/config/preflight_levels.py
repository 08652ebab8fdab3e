"""The preflight checks, each with its level unless the config changes that."""

from enum import StrEnum


class Level(StrEnum):
    """What a failed check does: stop the update, print a warning, or nothing at all."""

    ERROR = "error"
    WARN = "warn"
    OFF = "off"


DEFAULT_LEVELS: dict[str, Level] = {
    "secret-in-clear": Level.WARN,
    "api-reachable": Level.ERROR,
    "other-stack": Level.ERROR,
    "foreign-object": Level.ERROR,
    "management-cluster": Level.ERROR,
    "cilium-release": Level.ERROR,
    "cilium-chart": Level.ERROR,
    "cilium-release-pending": Level.WARN,
    "cilium-upgrade": Level.ERROR,
    "cilium-values": Level.ERROR,
    "cluster-name": Level.ERROR,
    "cluster-id": Level.ERROR,
    "pod-cidr": Level.ERROR,
    "service-cidr": Level.ERROR,
    "cidr-overlap": Level.ERROR,
    "node-address": Level.ERROR,
    "node-address-overlap": Level.ERROR,
    "node-port": Level.ERROR,
    "nodes-ready": Level.WARN,
    "datapath-mode": Level.ERROR,
    "native-routing-cidr": Level.ERROR,
    "max-connected-clusters": Level.ERROR,
    "identity-mode": Level.ERROR,
    "encryption": Level.ERROR,
    "cilium-version-skew": Level.ERROR,
    "kernel": Level.ERROR,
    "node-upgrade": Level.ERROR,
    "kubernetes-version": Level.WARN,
    "demo-namespace": Level.ERROR,
    "cli-version": Level.ERROR,
}
