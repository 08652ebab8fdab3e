"""docs/rbac.yaml: enough for a mesh, no more than docs/rbac.md explains, and nothing unlimited."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCS = Path(__file__).parents[2] / "docs"
ANY = "any"
# A right: the role it is in, the resource as kubectl writes it, a name or ANY, and a verb.
Right = tuple[str, str, str, str]
CLUSTER = "ClusterRole `cilium-clustermesh`"
SYSTEM = "Role `cilium-clustermesh` in `kube-system`"
DEMO = "Role `cilium-clustermesh-demo` in `default`"
ACCOUNT = {"kind": "ServiceAccount", "name": "cilium-clustermesh", "namespace": "kube-system"}

# The requests in the audit logs of two API servers: preview, up, refresh, repair of drift,
# changes, recovery of a pending release, foreign CAs and destroy, with the charts 1.18 and 1.20,
# Hubble and Envoy. Namespace, resource, names ("-": the request has none), verbs; "x" is any Pod.
REQUESTS = """
- nodes - list
- namespaces - list
- namespaces cilium-secrets,kube-system get
- services - list
- clusterroles.rbac.authorization.k8s.io - create
- clusterroles.rbac.authorization.k8s.io cilium,cilium-operator,hubble-ui get
- clusterroles.rbac.authorization.k8s.io clustermesh-apiserver get,delete
- clusterrolebindings.rbac.authorization.k8s.io - create
- clusterrolebindings.rbac.authorization.k8s.io cilium,cilium-operator,hubble-ui get
- clusterrolebindings.rbac.authorization.k8s.io clustermesh-apiserver get,delete
cilium-secrets roles.rbac.authorization.k8s.io cilium-operator-tlsinterception-secrets get
cilium-secrets roles.rbac.authorization.k8s.io cilium-tlsinterception-secrets get
cilium-secrets rolebindings.rbac.authorization.k8s.io cilium-operator-tlsinterception-secrets get
cilium-secrets rolebindings.rbac.authorization.k8s.io cilium-tlsinterception-secrets get
default configmaps - list,watch
default configmaps rebel-base-response get,create,patch,delete
default deployments.apps - list,watch
default deployments.apps rebel-base,x-wing get,create,patch,delete
default endpoints - list,watch
default events - list,watch
default persistentvolumeclaims - list,watch
default pods - list,watch
default pods x get
default pods/exec x create
default replicasets.apps - list,watch
default services - list,watch
default services rebel-base get,create,patch,delete
kube-system configmaps - create
kube-system configmaps cilium-envoy-config,hubble-relay-config,hubble-ui-nginx,kubeadm-config get
kube-system configmaps cilium-config,cilium-root-ca.crt get,patch
kube-system configmaps clustermesh-remote-users get,patch,delete
kube-system cronjobs.batch - create
kube-system cronjobs.batch clustermesh-apiserver-generate-certs get,patch,delete
kube-system cronjobs.batch hubble-generate-certs get,patch
kube-system daemonsets.apps cilium get,list,watch,patch
kube-system daemonsets.apps cilium-envoy get,patch
kube-system deployments.apps - create
kube-system deployments.apps cilium-operator,hubble-relay,hubble-ui get,patch
kube-system deployments.apps clustermesh-apiserver get,list,watch,patch,delete
kube-system endpoints - list,watch
kube-system events - list,watch
kube-system jobs.batch - create,list,watch
kube-system jobs.batch clustermesh-apiserver-generate-certs,hubble-generate-certs delete
kube-system jobs.batch clustermesh-apiserver-generate-certs-0123456789 get,patch,delete
kube-system jobs.batch hubble-generate-certs-0123456789 get,patch
kube-system pods - list
kube-system pods x get
kube-system pods/exec x create
kube-system pods/log x get
kube-system roles.rbac.authorization.k8s.io - create
kube-system roles.rbac.authorization.k8s.io cilium-config-agent,hubble-generate-certs get
kube-system roles.rbac.authorization.k8s.io clustermesh-apiserver-generate-certs get,delete
kube-system rolebindings.rbac.authorization.k8s.io - create
kube-system rolebindings.rbac.authorization.k8s.io cilium-config-agent,hubble-generate-certs get
kube-system rolebindings.rbac.authorization.k8s.io clustermesh-apiserver-generate-certs get,delete
kube-system secrets - create,list
kube-system secrets cilium-ca get,update
kube-system secrets cilium-clustermesh,cilium-kvstoremesh get,patch,delete
kube-system secrets clustermesh-apiserver-remote-cert get,delete
kube-system secrets hubble-relay-client-certs,hubble-server-certs get,patch
kube-system secrets sh.helm.release.v1.cilium.v1 get,update,delete
kube-system serviceaccounts - create
kube-system serviceaccounts cilium,cilium-envoy,cilium-operator,hubble-relay,hubble-ui get
kube-system serviceaccounts clustermesh-apiserver,clustermesh-apiserver-generate-certs get,delete
kube-system services - create,list,watch
kube-system services cilium-clustermesh-api-server get,create,patch,delete
kube-system services cilium-envoy,hubble-peer,hubble-relay,hubble-ui get
kube-system services clustermesh-apiserver get,patch,delete
kube-system services clustermesh-apiserver-metrics get,delete
"""

# The rights in the chart's roles clustermesh-apiserver and clustermesh-apiserver-generate-certs,
# which whoever creates them needs too.
GRANTED = """
- ciliumidentities.cilium.io - get,list,watch
- ciliumendpoints.cilium.io - get,list,watch
- ciliumnodes.cilium.io - get,list,watch
- ciliumendpointslices.cilium.io - get,list,watch
- customresourcedefinitions.apiextensions.k8s.io - get,list,watch
- endpoints - get,list,watch
- namespaces - get,list,watch
- services - get,list,watch
- endpointslices.discovery.k8s.io - get,list,watch
kube-system secrets - create
kube-system secrets cilium-ca get,update
kube-system secrets clustermesh-apiserver-server-cert update
kube-system secrets clustermesh-apiserver-admin-cert update
kube-system secrets clustermesh-apiserver-remote-cert update
kube-system secrets clustermesh-apiserver-local-cert update
kube-system secrets clustermesh-apiserver-client-cert update
"""


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DOCS / "rbac.yaml").read_text()))


@pytest.fixture(scope="module")
def rights(manifest: list[dict[str, Any]]) -> set[Right]:
    return {
        right
        for one in manifest
        for rule in one.get("rules", [])
        for right in _of_rule(_title(one), rule)
    }


def test_every_role_is_bound_to_the_account_and_to_nobody_else(
    manifest: list[dict[str, Any]],
) -> None:
    (account,) = (one for one in manifest if one["kind"] == "ServiceAccount")
    assert {"kind": account["kind"], **account["metadata"]} == ACCOUNT
    roles = {_title(one): one["metadata"] for one in manifest if "rules" in one}
    bindings = {_title(one): one for one in manifest if "roleRef" in one}
    assert set(roles) == {CLUSTER, SYSTEM, DEMO}
    assert {title.replace("Binding", "") for title in bindings} == set(roles)
    assert len(roles) + len(bindings) + 1 == len(manifest)
    for title, binding in bindings.items():
        assert binding["subjects"] == [ACCOUNT]
        role = roles[title.replace("Binding", "")]
        assert binding["roleRef"]["kind"] == binding["kind"].replace("Binding", "")
        assert binding["roleRef"]["name"] == role["name"]


def test_nothing_is_unlimited(manifest: list[dict[str, Any]], rights: set[Right]) -> None:
    assert "*" not in str([one.get("rules") for one in manifest])
    assert not {verb for *_, verb in rights} & {"escalate", "bind", "impersonate", "approve"}
    assert not [right for right in rights if right[3] == "deletecollection"]


def test_secrets_are_read_in_one_namespace_only(rights: set[Right]) -> None:
    assert {role for role, resource, *_ in rights if resource.startswith("secrets")} == {SYSTEM}


def test_what_is_changed_in_a_whole_cluster_has_the_name_of_the_mesh(rights: set[Right]) -> None:
    """`create` with names never matches: an object has no name yet when the right is checked."""
    changed = {
        (name, verb)
        for role, _, name, verb in rights
        if role == CLUSTER and verb not in ("get", "list", "watch")
    }
    assert changed == {
        (ANY, "create"),
        ("clustermesh-apiserver", "patch"),
        ("clustermesh-apiserver", "delete"),
    }


def test_the_manifest_has_what_the_document_explains_and_nothing_else(rights: set[Right]) -> None:
    explained = set(_explained((DOCS / "rbac.md").read_text()))
    assert explained - rights == set(), "explained, but not in the manifest"
    assert rights - explained == set(), "in the manifest, but not explained"


@pytest.mark.parametrize("requests", [REQUESTS, GRANTED], ids=["requests", "granted"])
def test_what_a_mesh_asks_for_is_allowed(rights: set[Right], requests: str) -> None:
    missing = [one for one in _requests(requests) if not _is_allowed(rights, *one)]
    assert not missing


def test_what_is_not_the_meshs_is_refused(rights: set[Right]) -> None:
    refused = """
    default secrets x get,list
    default deployments.apps x patch,delete
    kube-system deployments.apps coredns patch,delete
    kube-system daemonsets.apps kube-proxy patch,delete
    kube-system daemonsets.apps - list,create
    kube-system pods x delete
    - nodes x get,patch,delete
    - namespaces x create,delete
    - clusterroles.rbac.authorization.k8s.io cluster-admin get,patch,delete
    """
    allowed = [one for one in _requests(refused) if _is_allowed(rights, *one)]
    assert not allowed


def _title(one: dict[str, Any]) -> str:
    """As the heading in the document."""
    place = one["metadata"].get("namespace")
    within = f" in `{place}`" if place else ""
    return f"{one['kind']} `{one['metadata']['name']}`{within}"


def _of_rule(title: str, rule: dict[str, Any]) -> Iterator[Right]:
    groups, names = rule["apiGroups"], rule.get("resourceNames", [ANY])
    for group, resource, name, verb in product(groups, rule["resources"], names, rule["verbs"]):
        yield title, f"{resource}.{group}" if group else resource, name, verb


def _explained(text: str) -> Iterator[Right]:
    """The rows of the tables below the headings that name a role."""
    for section in re.split(r"^##+ ", text, flags=re.MULTILINE):
        title, _, body = section.partition("\n")
        if title not in (CLUSTER, SYSTEM, DEMO):
            continue
        rows = [line.strip("|").split("|") for line in body.splitlines() if line.startswith("| `")]
        assert rows, title
        for resources, names, verbs, reason in rows:
            assert reason.strip(), f"{resources} has no reason"
            listed = re.findall(r"`([^`]+)`", names) or [names.strip()]
            found = re.findall(r"`([^`]+)`", resources)
            for resource, name, verb in product(found, listed, verbs.split(",")):
                yield title, resource, name, verb.strip()


def _requests(text: str) -> Iterator[tuple[str, str, str, str]]:
    for line in text.strip().splitlines():
        namespace, resource, names, verbs = line.split()
        for name, verb in product(names.split(","), verbs.split(",")):
            yield namespace, resource, name, verb


def _is_allowed(rights: set[Right], namespace: str, resource: str, name: str, verb: str) -> bool:
    """As RBAC decides: a rule with names only matches a request with one of them."""
    roles = [CLUSTER, *{"kube-system": [SYSTEM], "default": [DEMO]}.get(namespace, [])]
    names = {ANY, name} - {"-"}
    return any((role, resource, one, verb) in rights for role in roles for one in names)
