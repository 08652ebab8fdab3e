"""Everything in an error message passes through here, and comes out without secrets."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.common.scrubbing import SCRUBBED, Scrubber, scrub
from tests.kubeconfigs import ca, kubeadm

KEY = ca("scrubbed").key
BODY = KEY.splitlines()[1]
ENCODED = base64.b64encode(KEY.encode()).decode()
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLWlzLWhlcmU"


def secret_of(**data: str) -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": "cilium-ca"}, "data": data}


@pytest.mark.parametrize(
    "text",
    [
        f"cannot parse: {KEY}",
        f"cannot parse: {KEY[:100]}",
        json.dumps({"key": KEY}),
        json.dumps(secret_of(**{"ca.key": ENCODED})),
        json.dumps(secret_of(**{"ca.key": ENCODED}))[:150],
        yaml.safe_dump(secret_of(**{"tls.key": ENCODED})),
        f"map[ca.crt:eA== ca.key:{ENCODED}]",
        f"users:\n- user:\n    client-key-data: {ENCODED}",
        f"it holds {ENCODED}",
    ],
    # The key differs in each process.
    ids=["pem", "begun", "json", "secret", "cut", "yaml", "go", "kubeconfig", "alone"],
)
def test_a_private_key_is_taken_out_in_every_form_that_is_printed(text: str) -> None:
    assert BODY in text or ENCODED[:60] in text
    said = scrub(text)
    assert SCRUBBED in said
    for part in (BODY[:30], ENCODED[40:70], ENCODED[-20:]):
        assert part not in said


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        (f"Authorization: Bearer {JWT}", JWT[-10:]),
        ("header Bearer abcdef0123456789 refused", "abcdef0123456789"),
        ("Basic dXNlcjpwYXNzd29yZA== refused", "dXNlcjpwYXNzd29yZA"),
        ("https://admin:hunter2@192.0.2.1:6443", "hunter2"),
        ('{"token":"c4n4ry"}', "c4n4ry"),
        ('password: "c4n4ry"', "c4n4ry"),
        ("password=c4n4ry-of-mine failed", "c4n4ry-of-mine"),
        ("id-token: abc.def-0123456789", "abc.def"),
        ("authorization: bearer abcdefghijkl.mnopqrst", "abcdefghijkl"),
        ("Authorization: Bearer abc123", "abc123"),
        ('{"Authorization":"Bearer abc"}', '"Bearer abc"'),
        ("token: abc123", "abc123"),
        ("map[password:[hunter22222]]", "hunter2"),
        ("`helm --registry-password hunter failed`", "hunter"),
        ("client_secret=hunter22, again", "hunter22"),
        ("client-secret: 'qwe'", "qwe"),
        ("AWS_SECRET_ACCESS_KEY=AbCdEfGhIj", "AbCdEfGhIj"),
        ("ghp_abcdefghijklmnopqrst is revoked", "abcdefghijklmnop"),
        ("ya29.a0Af_B-yC01234567890 is revoked", "a0Af_B-yC01234567890"),
        (json.dumps({"password": 'ab\\cdef"rest'}), "rest"),
        (json.dumps(json.dumps({"password": "ab\\cdef-rest"})), "cdef-rest"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\\n\\nlQVYBGF", "lQVYBGF"),
        (f"it holds {'aB0_-' * 20}", "aB0_-"),
        (f"line\\n{JWT}", JWT[-10:]),
    ],
)
def test_so_is_a_credential_by_its_look(text: str, canary: str) -> None:
    assert canary in text and canary not in scrub(text)


def test_a_helm_release_is_taken_out_as_kubernetes_and_helm_keep_it() -> None:
    packed = base64.b64encode(gzip.compress(json.dumps(kubeadm("https://x")).encode()))
    for stored in (packed, base64.b64encode(packed)):
        text = f"cannot decode {stored.decode()}!"
        assert scrub(text) == f"cannot decode {SCRUBBED}!"


@pytest.mark.parametrize(
    "text",
    [
        "Error: release: not found",
        "quay.io/cilium/certgen:v0.2.4@sha256:" + "0123456789abcdef" * 4,
        "/api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.cilium.v10",
        "dial tcp 192.0.2.1:6443: i/o timeout",
        "invalid bearer token",
        "the Secret clustermesh-apiserver-remote-cert is missing",
        "uid 5f0c7a52-6a0e-4d52-9d5c-6f1c9a9be001",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ],
)
def test_what_a_message_is_for_stays(text: str) -> None:
    assert scrub(text) == text


def test_one_known_secret_is_taken_out_as_go_writes_it() -> None:
    said = Scrubber(["p&ssw<rd>12345"]).scrub(r'{"of":"p\u0026ssw\u003crd\u003e12345"}')
    assert said == f'{{"of":"{SCRUBBED}"}}'


@pytest.mark.parametrize(
    "piece",
    [
        *("a", "-", "eyJ", ".key", "-----BEGIN ", "--", "a-", "token", "LS0tLS1CRUdJT", "H4sIA"),
        *(
            "://a",
            "Bearer ",
            "\\n",
            "eyJabcdefgh.",
            "token:",
            'password:"',
            "\\'",
            "authorization ",
        ),
    ],
)
@pytest.mark.timeout(60)
def test_a_text_that_somebody_made_long_is_read_once(piece: str) -> None:
    """A megabyte of it: reading it again for each place would take hours."""
    assert len(scrub(piece * (1_000_000 // len(piece)))) <= 4_000_000


@pytest.mark.parametrize("secret", ["hunter2", "a b", 'say "x"', "p@ss/w+rd", "long enough secret"])
@pytest.mark.parametrize(
    "form", [str, lambda text: json.dumps(text)[1:-1], lambda text: quote(text, safe="")]
)
def test_a_known_secret_is_taken_out_however_short_it_is(secret: str, form: Any) -> None:
    said = Scrubber([secret]).scrub(f"user admin, ({form(secret)}) refused")
    assert said == f"user admin, ({SCRUBBED}) refused"


def test_a_short_one_garbles_no_other_word() -> None:
    assert Scrubber(["in", ""]).scrub("no cilium in it") == f"no cilium {SCRUBBED} it"


def test_a_key_of_a_kubeconfig_is_known_in_base64_and_as_pem() -> None:
    """A kubeconfig has it in base64; a library that refuses it quotes its content."""
    known = Scrubber([base64.b64encode(b"only-lines-of-my-own\nsecond-line-here").decode()])
    assert known.scrub("at second-line-here: bad") == f"at {SCRUBBED}: bad"
    assert Scrubber([KEY]).scrub(f"line 2: {BODY}") == f"line 2: {SCRUBBED}"


@given(st.text(min_size=4, alphabet=st.characters(codec="utf-8")), st.text())
def test_a_known_secret_is_in_no_text(secret: str, around: str) -> None:
    said = Scrubber([secret]).scrub(f"{around} {secret} {around}")
    assert (
        f" {secret} " not in said
        or secret in SCRUBBED
        or f" {secret} " in f"{around} {SCRUBBED} {around}"
    )
