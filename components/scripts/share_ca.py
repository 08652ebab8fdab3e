"""Gives a cluster the CA that signs the mesh certificates, before ClusterMesh is enabled in it.

Environment: CLUSTER (the receiver, also the context), SOURCE (the giver's context, "" for the CA in
stdin's `ca`), RENDERED (set if Cilium's chart brings the Secret too: Helm refuses one without
its marks), REQUEST_SECONDS. The CA goes from program to program through pipes only. Nothing here
ever deletes one.
"""

import base64
import json
from typing import Any

from ..cilium.helm_release import NAMESPACE, RELEASE
from .lib.step import Step, StepError, main

SECRET = "cilium-ca"
_OWNER = "meta.helm.sh/release-name"
_KEPT = {"helm.sh/resource-policy": "keep"}
IN_USE = "clustermesh-apiserver"


def share(step: Step) -> dict[str, object]:
    """Write the giver's `cilium-ca` into the receiver; raises StepError if another is in use."""
    wanted = _wanted(step)
    found = step.cli.get(step.cluster, "secret", SECRET)
    if found is None:
        step.say("creating cilium-ca")
        _write(step, "create", _secret(wanted))
    elif _data(found) != wanted:
        _refuse_if_in_use(step)
        step.say("replacing cilium-ca")
        _write(step, "replace", _secret(wanted, found))
    elif step.environment.get("RENDERED") and not _is_helms(found):
        step.say("adding the marks of Cilium's Helm release to cilium-ca")
        _write(step, "replace", _secret(wanted, found))
    return {"cluster": step.cluster, "secret": f"{NAMESPACE}/{SECRET}"}


def keep(step: Step) -> None:
    """Make Helm keep `cilium-ca`, even if a later chart or values no longer have it."""
    found = step.cli.get(step.cluster, "secret", SECRET)
    if found is None or _KEPT.items() <= _annotations(found).items():
        return
    marks = [f"{key}={value}" for key, value in _KEPT.items()]
    step.cli.read(step.cluster, "annotate", "secret", SECRET, "--overwrite", *marks)


def _wanted(step: Step) -> dict[str, str]:
    source = step.environment.get("SOURCE", "")
    if not source:
        given = step.secrets["ca"]
        return {"ca.crt": _encoded(given["cert"]), "ca.key": _encoded(given["key"])}
    found = step.cli.get(source, "secret", SECRET)
    if found is None or not all(_data(found).values()):
        raise StepError(
            f"{source} has no usable Secret {NAMESPACE}/{SECRET} to share, which is made when "
            "ClusterMesh is enabled there: see what that step says, or, if it was done, set "
            "ca.source to `config` and give the CA of its certificates"
        )
    return _data(found)


def _data(secret: dict[str, Any]) -> dict[str, str]:
    # cert-manager stores a CA under the tls.* names.
    data = secret.get("data") or {}
    return {
        "ca.crt": data.get("ca.crt") or data.get("tls.crt") or "",
        "ca.key": data.get("ca.key") or data.get("tls.key") or "",
    }


def _is_helms(secret: dict[str, Any]) -> bool:
    annotations = _annotations(secret)
    return annotations.get(_OWNER) == RELEASE and _KEPT.items() <= annotations.items()


def _annotations(secret: dict[str, Any]) -> dict[str, str]:
    return dict((secret.get("metadata") or {}).get("annotations") or {})


def _encoded(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


def _refuse_if_in_use(step: Step) -> None:
    if step.cli.get(step.cluster, "deployment", IN_USE) is None:
        return
    raise StepError(
        "ClusterMesh already runs here with certificates from another cilium-ca; replacing it now "
        "would cut the existing connections. Either make this cluster's CA the common one (list it "
        "first, or ca.source: config), or allow different CAs (ca.source: mismatched), or disable "
        "ClusterMesh in this cluster first (`cilium clustermesh disable`)"
    )


def _secret(data: dict[str, str], found: dict[str, Any] | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = dict((found or {}).get("metadata") or {})
    metadata |= {"name": SECRET, "namespace": NAMESPACE}
    # Helm takes a Secret over only with its marks of ownership (rke2#3490), and deletes what a
    # later chart no longer renders unless told to keep it.
    metadata["labels"] = (metadata.get("labels") or {}) | {"app.kubernetes.io/managed-by": "Helm"}
    metadata["annotations"] = (metadata.get("annotations") or {}) | {
        _OWNER: RELEASE,
        "meta.helm.sh/release-namespace": NAMESPACE,
        **_KEPT,
    }
    kept = dict((found or {}).get("data") or {})
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": (found or {}).get("type", "Opaque"),
        "data": kept | data,
    }


def _write(step: Step, verb: str, secret: dict[str, Any]) -> None:
    limit = f"--request-timeout={step.cli.request_seconds}s"
    step.cli.kubectl(step.cluster, limit, verb, "--filename=-", stdin=json.dumps(secret))


if __name__ == "__main__":
    main({"share": share})
