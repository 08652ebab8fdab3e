"""The engine's data becomes plain data, with secrets marked and unknowns left out."""

from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyConfigSchema
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy.rules.marks import marked
from policy.rules.policies import POLICIES, plain
from policy.rules.resource import UNKNOWN, SecretText

SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG}


def test_every_text_in_a_secret_is_marked_and_nothing_else() -> None:
    sent = {"open": "a", "kept": SECRET | {"value": {"list": ["b", 1]}}, "number": 2}
    read = marked(sent)
    assert read == {"open": "a", "kept": {"list": ["b", 1]}, "number": 2}
    assert isinstance(read["kept"]["list"][0], SecretText)
    assert not isinstance(read["open"], SecretText)


def test_what_is_not_known_yet_stops_no_rule() -> None:
    sent = {"known": [{"a": 1}], "later": UNKNOWN_STRING_VALUE, "in": [UNKNOWN_STRING_VALUE, "b"]}
    read = plain(unknown_checking_proxy(sent))
    assert read == {"known": [{"a": 1}], "later": UNKNOWN, "in": [UNKNOWN, "b"]}


def test_a_mark_outlives_the_way_to_the_rules() -> None:
    read = plain(unknown_checking_proxy(marked({"stdin": SECRET | {"value": "a"}})))
    assert isinstance(read["stdin"], SecretText)


def test_every_policy_is_in_the_documentation_with_its_settings() -> None:
    text = (Path(__file__).parents[3] / "docs/policy.md").read_text()
    for policy in POLICIES:
        assert f"`{policy.name}`" in text
        assert policy.enforcement_level in (None, EnforcementLevel.MANDATORY)
        settings = policy.config_schema or PolicyConfigSchema({})
        assert all(f"`{key}`" in text for key in settings.properties)
