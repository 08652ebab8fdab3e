"""`python -m mesh post` against a GitHub and a GitLab on the loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh.__main__ import main as mesh
from tests.unit.mesh.fake_forge import PROJECT, REPOSITORY, TOKEN, FakeForge, entry, serving

BODY = "<!-- cilium-clustermesh: prod -->\n### Mesh `prod`: nothing to do\n"
OLD = "<!-- cilium-clustermesh: prod -->\n### Mesh `prod`: cluster03 joins"
OTHER_STACK = "<!-- cilium-clustermesh: staging -->\n### Mesh `staging`: nothing to do"
FORGES = {
    "github": {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN},
    "gitlab": {"GITLAB_CI": "true", "CI_PROJECT_ID": PROJECT, "GITLAB_TOKEN": TOKEN},
}
NAMES = {name for settings in FORGES.values() for name in settings}


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeForge]:
    """Run as a job of that forge, with a ~/.netrc that has other credentials for its host."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with serving() as made:
        for name, text in FORGES[request.param].items():
            monkeypatch.setenv(name, text)
        monkeypatch.setenv("GITHUB_API_URL", made.url)
        monkeypatch.setenv("CI_API_V4_URL", made.url)
        yield made


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    path = tmp_path / "summary.md"
    path.write_text(BODY)
    return str(path)


def bodies(entries: list[dict[str, object]]) -> list[object]:
    return [one.get("description", one.get("body")) for one in entries]


def issue(number: int, body: str, **more: str) -> dict[str, object]:
    return entry(number, body=body, description=body, **more)


def test_the_first_summary_is_a_new_comment(
    forge: FakeForge, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forge.comments.append(entry(1, body=OTHER_STACK))
    assert mesh(["post", file, "--pull-request", "5"]) == 0
    assert bodies(forge.comments) == [OTHER_STACK, BODY]
    assert capsys.readouterr().out.startswith("commented: ")
    assert forge.tokens == {f"Bearer {TOKEN}"}


def test_later_ones_are_edited_into_it_also_when_it_is_not_on_the_first_page(
    forge: FakeForge, file: str
) -> None:
    forge.comments += [entry(number, body="words") for number in range(1, 5)]
    forge.comments.append(entry(5, body=OLD))
    assert mesh(["post", file, "--pull-request", "5"]) == 0
    assert forge.comments[-1]["body"] == BODY
    assert len(forge.comments) == 5 and len(forge.writes) == 1


def test_what_says_the_same_is_not_written_again(forge: FakeForge, file: str) -> None:
    forge.comments.append(entry(5, body=BODY.strip().replace("\n", "\r\n")))
    assert mesh(["post", file, "--pull-request", "5"]) == 0
    assert forge.writes == []


def test_a_marker_in_a_strangers_comment_means_nothing(forge: FakeForge, file: str) -> None:
    """Otherwise a stranger would have our words under their name, and could change them."""
    forge.comments.append(entry(5, author="stranger", body=OLD))
    forge.issues.append(issue(6, OLD, author="stranger"))
    assert mesh(["post", file, "--pull-request", "5"]) == 0
    assert mesh(["post", file, "--issue", "Drift: prod", "--resolved"]) == 0
    assert bodies(forge.comments) == [OLD, BODY]
    assert "state" not in forge.issues[0] and "state_event" not in forge.issues[0]


def test_drift_opens_one_issue_which_is_edited_and_closed_when_it_is_gone(
    forge: FakeForge, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["post", file, "--issue", "Drift: prod"]
    assert mesh([*words, "--resolved"]) == 0
    assert forge.issues == [] and forge.writes == []
    assert mesh(words) == 0
    assert [one["title"] for one in forge.issues] == ["Drift: prod"]
    assert mesh(words) == 0
    assert len(forge.issues) == 1 and len(forge.writes) == 1
    Path(file).write_text(f"{BODY}\nmore")
    assert mesh(words) == 0
    assert bodies(forge.issues)[0] in (f"{BODY}\nmore", BODY)
    assert mesh([*words, "--resolved"]) == 0
    (closed,) = forge.issues
    assert closed.get("state") == "closed" or closed.get("state_event") == "close"
    said = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "no issue is open, and none is needed",
        "opened",
        "the issue already says this",
        "edited",
        "closed",
    ]


def test_a_pull_request_is_no_issue(forge: FakeForge, file: str) -> None:
    forge.issues.append(issue(3, OLD) | {"pull_request": {}})
    if forge.url and mesh(["post", file, "--issue", "Drift: prod", "--resolved"]) == 0:
        closed = [one for one in forge.issues if "state" in one]
        assert closed == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, "the token is wrong or has expired"),
        (403, "(Resource not accessible by integration): the token may not do this"),
        (404, "it does not exist, or the token may not see it"),
        (500, "with 500"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_token(
    forge: FakeForge, file: str, capsys: pytest.CaptureFixture[str], status: int, text: str
) -> None:
    forge.status = status
    assert mesh(["post", file, "--pull-request", "5"]) == 1
    said = capsys.readouterr()
    assert text in said.err and said.err.count("\n") == 1
    assert TOKEN not in said.out + said.err


@pytest.mark.parametrize("status", [301, 302, 307])
def test_the_token_follows_no_redirect(forge: FakeForge, file: str, status: int) -> None:
    with serving() as elsewhere:
        forge.status, forge.location = status, f"{elsewhere.url}/"
        assert mesh(["post", file, "--pull-request", "5"]) == 1
        assert elsewhere.requests == []


def test_the_token_goes_to_no_other_host_for_the_next_page(
    forge: FakeForge, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forge.comments += [entry(number, body="words") for number in range(1, 5)]
    with serving() as elsewhere:
        forge.next_page = f"{elsewhere.url}/repos"
        assert mesh(["post", file, "--pull-request", "5"]) == 1
        assert elsewhere.requests == []
    assert "which is not" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITLAB_TOKEN"])
def test_a_missing_token_is_named(
    forge: FakeForge,
    file: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, "")
    ended = mesh(["post", file, "--pull-request", "5"])
    assert (ended == 1) is (f"{name} is not set" in capsys.readouterr().err)


def test_outside_a_job_and_without_a_summary_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "other.md"
    assert mesh(["post", str(file), "--pull-request", "5"]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err
    file.write_text("text")
    assert mesh(["post", str(file), "--pull-request", "5"]) == 1
    assert "there is nowhere to post" in capsys.readouterr().err
    for name, text in {**FORGES["github"], "GITHUB_API_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, text)
    assert mesh(["post", str(file), "--pull-request", "5"]) == 1
    assert "the file is not a summary" in capsys.readouterr().err


def test_a_comment_cannot_be_resolved(file: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        mesh(["post", file, "--pull-request", "5", "--resolved"])
