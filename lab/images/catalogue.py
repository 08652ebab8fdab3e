"""Every image of the lab: its name, what is in it and how it starts.

Names and tags are those in kubeadm's and Cilium's manifests. Paths, entry points and users follow
the Dockerfiles under `images/` of the cilium module and those of Kubernetes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.images.apt import Apt
from lab.images.archive import ImageConfig
from lab.images.debian import DebianLayer, PackageSet
from lab.images.digests import Digests, key_of
from lab.images.programs import Programs
from lab.images.tree import File, Folder, Link, Tree, TreeLayer
from tools.catalogue import CILIUM_VERSION, COREDNS_VERSION, ETCD_VERSION, KUBERNETES_VERSION

CERTGEN_TAG = "v0.2.4"
"""From values.yaml of the cilium module's chart (certgen.image.tag)."""

_CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
_AGENT_PROGRAMS = (
    "cilium-agent",
    "cilium-dbg",
    "cilium-health",
    "cilium-health-responder",
    "cilium-mount",
    "cilium-sysctlfix",
)
PROGRAMS = (
    *_CONTROL_PLANE,
    *_AGENT_PROGRAMS,
    "cilium-cni",
    "cilium-operator-generic",
    "clustermesh-apiserver",
    "coredns",
    "etcd",
    "etcd-clustermesh",
    "loopback",
)
"""Everything that the images take from the toolchain."""

NONROOT = 65532
"""The user of the distroless images that Cilium and Kubernetes build on."""

# nonroot's home is /: Cilium's programs write their gops files below $HOME/.config, and
# clustermesh-apiserver's image keeps /.config writable.
_PASSWD = f"""\
root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
nonroot:x:{NONROOT}:{NONROOT}:nonroot:/:/usr/sbin/nologin
"""
_GROUP = f"root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\nnonroot:x:{NONROOT}:\n"
_ACCOUNTS: Tree = {
    "etc/group": File(_GROUP.encode(), 0o644),
    "etc/passwd": File(_PASSWD.encode(), 0o644),
    "tmp": Folder(0o1777),
}

_BASE = PackageSet(
    name="debian-base",
    packages=(
        "base-files",
        "bash",
        "coreutils",
        "dash",
        "findutils",
        "grep",
        "hostname",
        "mawk",
        "mount",
        "procps",
        "sed",
        "usr-is-merged",
        "util-linux",
    ),
    extra={
        **{name: Link(f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64")},
        **{f"usr/{name}": Folder() for name in ("bin", "sbin", "lib", "lib64")},
        "etc/group": _ACCOUNTS["etc/group"],
        "etc/passwd": _ACCOUNTS["etc/passwd"],
        "etc/nsswitch.conf": File(b"hosts: files dns\n", 0o644),
        "usr/bin/awk": Link("mawk"),
        "usr/bin/sh": Link("dash"),
        "usr/bin/which": Link("which.debianutils"),
        "var/lock": Link("/run/lock"),
        "var/run": Link("/run"),
    },
)

_IPTABLES = tuple(
    f"{family}{action}"
    for family in ("iptables", "ip6tables")
    for action in ("", "-save", "-restore")
)
_AGENT_TOOLS = PackageSet(
    name="agent-tools",
    packages=("bpftool", "ipset", "iproute2", "iptables", "kmod", "libclang-cpp19"),
    # The agent compiles for the bpf target only, without any system header (-nostdinc):
    # the C and C++ libraries, binutils and linkers that clang-19 depends on would double the image.
    bare=("clang-19",),
    extra={
        # Kernels without module loading, as in small virtual machines, often lack nf_tables.
        **{f"usr/sbin/{name}": Link("xtables-legacy-multi") for name in _IPTABLES},
        "usr/bin/clang": Link("clang-19"),
    },
)

_NGINX_CONF = b"""\
daemon off;
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr;
events {}
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  server {
    listen 80;
    listen [::]:80;
    root /usr/share/nginx/html;
  }
}
"""
_WEB_TOOLS = PackageSet(
    name="web-tools",
    packages=("curl", "nginx"),
    extra={
        "etc/nginx/nginx.conf": File(_NGINX_CONF, 0o644),
        "usr/share/nginx/html/index.html": File(b"nginx of the lab\n", 0o644),
        "var/lib/nginx": Folder(),
        "var/log/nginx": Folder(),
    },
)


class Layer(Protocol):
    """Something that can be written as a layer's tar."""

    key: str

    def write(self, dest: Path) -> None:
        """Write the tar to `dest`."""


@dataclass(frozen=True)
class Recipe:
    """One image; `layers` go from the bottom up."""

    name: str
    reference: str
    layers: tuple[Layer, ...]
    config: ImageConfig

    @property
    def key(self) -> str:
        """The hash of what the image is built from."""
        return key_of("image", self.reference, vars(self.config), [one.key for one in self.layers])


@dataclass(frozen=True)
class Ingredients:
    """The sources of everything in the catalogue; `suite` is Debian's code name."""

    programs: Programs
    standins: Mapping[str, Path]
    digests: Digests
    apt: Apt
    suite: str


def debian_layers(digests: Digests, apt: Apt, suite: str) -> list[DebianLayer]:
    """Return the layers of Debian packages, each after the one below it."""
    base = DebianLayer(_BASE, suite, apt, digests, None)
    above = (_AGENT_TOOLS, _WEB_TOOLS)
    return [base, *(DebianLayer(one, suite, apt, digests, base) for one in above)]


def recipes(have: Ingredients) -> list[Recipe]:
    """All images of the lab."""
    return [*_control_plane(have), *_cilium(have), *_demo(have)]


def _control_plane(have: Ingredients) -> list[Recipe]:
    kubernetes = [
        _scratch(
            have,
            name,
            f"registry.k8s.io/{name}:v{KUBERNETES_VERSION}",
            {f"usr/local/bin/{name}": File(have.programs.path(name))},
            ImageConfig(entrypoint=(f"/usr/local/bin/{name}",)),
        )
        for name in _CONTROL_PLANE
    ]
    etcd = _scratch(
        have,
        "etcd",
        f"registry.k8s.io/etcd:{ETCD_VERSION}-0",
        {"usr/local/bin/etcd": File(have.programs.path("etcd"))},
        ImageConfig(entrypoint=("/usr/local/bin/etcd",)),
    )
    coredns = _scratch(
        have,
        "coredns",
        f"registry.k8s.io/coredns/coredns:v{COREDNS_VERSION}",
        {"coredns": File(have.programs.path("coredns"))},
        ImageConfig(entrypoint=("/coredns",)),
    )
    pause = _scratch(
        have,
        "pause",
        "registry.k8s.io/pause:3.10",
        {"pause": File(have.standins["pause"])},
        ImageConfig(entrypoint=("/pause",), user="65535:65535"),
    )
    return [*kubernetes, etcd, coredns, pause]


def _cilium(have: Ingredients) -> list[Recipe]:
    tag = f"v{CILIUM_VERSION}"
    base = _debian(have, _BASE)
    agent = Recipe(
        "cilium",
        f"quay.io/cilium/cilium:{tag}",
        (base, _debian(have, _AGENT_TOOLS, base), TreeLayer(_agent_tree(have), have.digests)),
        ImageConfig(cmd=("/usr/bin/cilium-dbg",), working_dir="/home/cilium"),
    )
    operator = _scratch(
        have,
        "operator-generic",
        f"quay.io/cilium/operator-generic:{tag}",
        {"usr/bin/cilium-operator-generic": File(have.programs.path("cilium-operator-generic"))},
        ImageConfig(cmd=("/usr/bin/cilium-operator-generic",)),
    )
    apiserver = _scratch(
        have,
        "clustermesh-apiserver",
        f"quay.io/cilium/clustermesh-apiserver:{tag}",
        _clustermesh_tree(have),
        ImageConfig(entrypoint=("/usr/bin/clustermesh-apiserver",), user=str(NONROOT)),
    )
    certgen = _scratch(
        have,
        "certgen",
        f"quay.io/cilium/certgen:{CERTGEN_TAG}",
        {"usr/bin/cilium-certgen": File(have.standins["certgen"])},
        ImageConfig(entrypoint=("/usr/bin/cilium-certgen",)),
    )
    return [agent, operator, apiserver, certgen]


def _demo(have: Ingredients) -> list[Recipe]:
    base = _debian(have, _BASE)
    web = _debian(have, _WEB_TOOLS, base)
    nginx = Recipe(
        "nginx", "docker.io/library/nginx:1.15.8", (base, web), ImageConfig(cmd=("nginx",))
    )
    tree: Tree = {"usr/bin/json-mock": File(have.standins["json-mock"])}
    json_mock = Recipe(
        "json-mock",
        "quay.io/cilium/json-mock:v1.3.3",
        (base, web, TreeLayer(tree, have.digests)),
        ImageConfig(entrypoint=("/usr/bin/json-mock",)),
    )
    return [nginx, json_mock]


def _agent_tree(have: Ingredients) -> Tree:
    """Cilium's own part of upstream's image, without Envoy and Hubble's CLI."""
    source = _cilium_source(have)
    scripts = (
        "images/cilium/init-container.sh",
        "plugins/cilium-cni/cni-uninstall.sh",
        "plugins/cilium-cni/install-plugin.sh",
    )
    return {
        **{f"usr/bin/{name}": File(have.programs.path(name)) for name in _AGENT_PROGRAMS},
        "usr/bin/cilium": Link("cilium-dbg"),
        "opt/cni/bin/cilium-cni": File(have.programs.path("cilium-cni")),
        "cni/loopback": File(have.programs.path("loopback")),
        "home/cilium": Folder(),
        **{Path(script).name: File(source / script) for script in scripts},
        **_bpf_tree(source / "bpf"),
    }


def _bpf_tree(source: Path) -> Tree:
    """The datapath's sources, which the agent compiles; like upstream, without their tests."""
    return {
        f"var/lib/cilium/bpf/{path.relative_to(source)}": File(path, 0o644)
        for path in source.rglob("*")
        if path.is_file() and path.relative_to(source).parts[0] not in _NOT_INSTALLED
    }


_NOT_INSTALLED = ("complexity-tests", "tests")


def _clustermesh_tree(have: Ingredients) -> Tree:
    """Its files; it runs as a user without rights, so its folders are writable by all."""
    config = _cilium_source(have) / "clustermesh-apiserver/etcd-config.yaml"
    return {
        "usr/bin/clustermesh-apiserver": File(have.programs.path("clustermesh-apiserver")),
        "usr/bin/etcd": File(have.programs.path("etcd-clustermesh")),
        "var/lib/cilium/etcd-config.yaml": File(config, 0o644),
        "var/run/cilium": Folder(0o777),
        ".config": Folder(0o777),
    }


def _cilium_source(have: Ingredients) -> Path:
    return have.programs.module_dir("github.com/cilium/cilium", "cilium")


def _debian(have: Ingredients, what: PackageSet, below: DebianLayer | None = None) -> DebianLayer:
    return DebianLayer(what, have.suite, have.apt, have.digests, below)


def _scratch(
    have: Ingredients, name: str, reference: str, tree: Tree, config: ImageConfig
) -> Recipe:
    return Recipe(name, reference, (TreeLayer({**_ACCOUNTS, **tree}, have.digests),), config)
