"""Modules that share packages pin one version of each, so that Go compiles them once."""

import re
from collections import defaultdict

from tools.paths import MODULES_DIR

SHARING = (
    "kubernetes",
    "cilium",
    "coredns",
    "pulumi",
    "pulumi-languages",
    "pulumi-resource-command",
    "pulumi-resource-kubernetes",
)
# Modules that do not resolve, or that only one of them compiles.
APART = (
    # The language hosts and the command provider belong to other versions of Pulumi.
    *("github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"),
    "github.com/pulumi/esc",
    # Cilium's kvstore needs etcd's client 3.6, Kubernetes 1.33 its 3.5.
    *("go.etcd.io/etcd/api/v3", "go.etcd.io/etcd/client/pkg/v3", "go.etcd.io/etcd/client/v3"),
    *("go.opentelemetry.io/otel/exporters/otlp/otlptrace",),
    "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc",
    # A fork, in programs of Pulumi that have a replacement for it.
    "github.com/atotto/clipboard",
    # Cloud SDKs, Windows, and test dependencies of others: in no program of both.
    "github.com/Azure/azure-sdk-for-go/sdk/azcore",
    "github.com/Azure/azure-sdk-for-go/sdk/azidentity",
    "github.com/Azure/azure-sdk-for-go/sdk/internal",
    "github.com/AzureAD/microsoft-authentication-library-for-go",
    *("github.com/Microsoft/go-winio", "github.com/rogpeppe/go-internal"),
)
_REQUIRED = re.compile(r"^(?:require |\t)(\S+) (v\S+)(?: // indirect)?$", re.MULTILINE)
_REPLACED = re.compile(r"^(?:replace |\t)(\S+)(?: v\S+)? => (\S+) (v\S+)$", re.MULTILINE)


def pins(module: str) -> dict[str, str]:
    """Each path with the compiled version, which a replacement may decide."""
    text = (MODULES_DIR / module / "go.mod").read_text()
    replaced = {path: version for path, by, version in _REPLACED.findall(text)}
    return dict(_REQUIRED.findall(text)) | replaced


def test_they_agree_but_for_what_does_not_resolve() -> None:
    versions: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for module in SHARING:
        for path, version in pins(module).items():
            versions[path][version].append(module)
    apart = {path: dict(found) for path, found in versions.items() if len(found) > 1}
    assert apart.keys() <= set(APART), {path: apart[path] for path in apart.keys() - set(APART)}


def test_nothing_is_excepted_that_agrees() -> None:
    known = [pins(module) for module in SHARING]
    for path in APART:
        assert len({one[path] for one in known if path in one}) > 1, path
