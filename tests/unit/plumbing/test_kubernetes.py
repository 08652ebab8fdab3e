import pytest

from components.plumbing.kubernetes import type_token


@pytest.mark.parametrize(
    ("api_version", "kind", "token"),
    [
        ("v1", "Service", "kubernetes:core/v1:Service"),
        ("apps/v1", "Deployment", "kubernetes:apps/v1:Deployment"),
        ("kubean.io/v1alpha1", "Cluster", "kubernetes:kubean.io/v1alpha1:Cluster"),
    ],
)
def test_an_object_has_the_type_that_states_of_earlier_releases_have(
    api_version: str, kind: str, token: str
) -> None:
    """Another one would plan to create everything again."""
    assert type_token({"apiVersion": api_version, "kind": kind}) == token
