"""One kubeconfig, read and checked; its content is secret and in no repr and no error."""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..common.foreign_text import shown
from ..common.listing import listed
from . import yaml_text
from .entry import Inliner, cluster_problems, user_problems
from .plain import NotPlainError, check_plain
from .problem import RAW_HINT, KubeconfigError, Problem
from .shape import ClusterShape, UserShape, shape_problems

# Larger than any real kubeconfig; keeps a path like /dev/zero from filling the memory.
MAX_BYTES = 4 * 1024 * 1024
# Section of a kubeconfig -> the key that holds the body of each of its entries.
SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_NAMED_CONTEXTS = 10


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """A kubeconfig and one of its contexts.

    `data` is the document as it was written. `cluster` and `user` are the bodies that `context`
    refers to, with every file that they name replaced by its content.
    """

    data: dict[str, Any] = field(repr=False)
    context: str
    cluster: dict[str, Any] = field(repr=False)
    user: dict[str, Any] = field(repr=False)

    @property
    def text(self) -> str:
        """The document as YAML; secret."""
        return yaml_text.write(self.data)


def read_file(path: Path, context: str | None) -> Kubeconfig:
    """Read a kubeconfig file; relative file names in it start at its folder.

    Raises KubeconfigError with every problem.
    """
    try:
        if not path.is_file():
            raise KubeconfigError(_unreadable("there is no such file"))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as reason:
        raise KubeconfigError(_unreadable(_why_unreadable(reason))) from None
    if len(content) > MAX_BYTES:
        raise KubeconfigError(_unreadable("it is far too large to be a kubeconfig"))
    return read_text(text, context, path.parent.absolute())


def read_text(text: str, context: str | None, folder: Path | None = None) -> Kubeconfig:
    """Read a kubeconfig's content; relative file names in it start at `folder`.

    Raises KubeconfigError with every problem.
    """
    data = _document(text)
    contexts = bodies(data, "contexts")
    name = _context_name(data, contexts, context)
    problems: list[Problem] = []
    cluster = _referred(data, "clusters", name, contexts[name].get("cluster"), problems)
    user = _referred(data, "users", name, contexts[name].get("user"), problems)
    inliner = Inliner(folder)
    if cluster is not None:
        problems += shape_problems(ClusterShape, cluster)
        cluster = inliner.cluster(cluster)
        problems += cluster_problems(cluster)
    if user is not None:
        problems += shape_problems(UserShape, user)
        user = inliner.user(user)
    problems += inliner.problems
    # A file that cannot be read leaves no credential: one problem, not two.
    if user is not None and not inliner.problems:
        problems += user_problems(user)
    if problems or cluster is None or user is None:
        raise KubeconfigError(*problems)
    return Kubeconfig(data, name, cluster, user)


def bodies(data: Mapping[str, Any], section: str) -> dict[str, dict[str, Any]]:
    """Return the bodies of one of the SECTIONS by name; names are unique in it."""
    return {one["name"]: one.get(SECTIONS[section]) or {} for one in data.get(section) or []}


def _unreadable(why: str) -> Problem:
    return Problem(
        f"the kubeconfig cannot be read: {why}",
        "a readable kubeconfig file; a relative path starts at the project folder",
        "correct the path, or set the content as the secret kubeconfigContent",
    )


def _why_unreadable(reason: Exception) -> str:
    if isinstance(reason, UnicodeDecodeError):
        return "it is not text"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return "the path is not valid"


def _not_a_kubeconfig(why: str) -> KubeconfigError:
    allowed = "a kubeconfig in YAML or JSON with clusters, contexts and users"
    return KubeconfigError(Problem(f"this is not a kubeconfig: {why}", allowed, RAW_HINT))


def _document(text: str) -> dict[str, Any]:
    try:
        data = yaml_text.read(text)
        check_plain(data)
    except yaml.MarkedYAMLError as error:
        # The error's own text may quote the document: report only the place.
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise _not_a_kubeconfig(f"it is not valid YAML{place}") from None
    except NotPlainError as error:
        raise _not_a_kubeconfig(str(error)) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _not_a_kubeconfig("it is not valid YAML") from None
    if not isinstance(data, dict) or not data:
        raise _not_a_kubeconfig("it is empty or not a mapping")
    if data.get("kind", "Config") != "Config":
        raise _not_a_kubeconfig("its kind is not Config")
    for section, key in SECTIONS.items():
        if not _well_formed(data.get(section), key):
            raise _not_a_kubeconfig(f"{section} is missing, empty or not a list of name and {key}")
    problems = [_twice(place, name) for place, name in _names_that_stand_twice(data)]
    if problems:
        raise KubeconfigError(*problems)
    return data


def _names_that_stand_twice(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each with its place, from all lists that client-go turns into maps (clientcmd's v1)."""
    for section, key in SECTIONS.items():
        entries = data[section]
        yield from ((section, name) for name in _repeated(entries))
        for entry in entries:
            extensions = (entry.get(key) or {}).get("extensions")
            place = f"the extensions of {entry['name']!r} under {section}"
            yield from ((place, name) for name in _repeated(extensions))
    yield from (("extensions", name) for name in _repeated(data.get("extensions")))
    preferences = data.get("preferences")
    if isinstance(preferences, Mapping):
        extensions = preferences.get("extensions")
        yield from (("preferences.extensions", name) for name in _repeated(extensions))


def _repeated(entries: object) -> list[str]:
    # An entry without a name has the empty name.
    listed = (
        [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
    )
    counts = Counter(str(one.get("name") or "") for one in listed)
    return [name for name, count in counts.items() if count > 1]


def _twice(place: str, name: str) -> Problem:
    return Problem(
        f"{shown(name)} appears more than once under {place}, so it is not clear which is meant",
        "a kubeconfig in which each name is unique in its section; kubectl refuses others too",
        f"rename or remove all but one {shown(name)} under {place}",
    )


def _well_formed(section: object, key: str) -> bool:
    return (
        isinstance(section, list)
        and bool(section)
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("name"), str)
            and isinstance(entry.get(key), dict | None)
            for entry in section
        )
    )


def _context_name(data: Mapping[str, Any], contexts: Mapping[str, Any], wanted: str | None) -> str:
    name = data.get("current-context") if wanted is None else wanted
    if isinstance(name, str) and name in contexts:
        return name
    if wanted is not None:
        text = "the kubeconfig has no such context"
    elif name:
        text = "the kubeconfig's current-context names a context that it does not have"
    else:
        text = "the kubeconfig has no current-context"
    remedy = "set context to one of them, or use another kubeconfig"
    raise KubeconfigError(Problem(text, _one_of(list(contexts)), remedy, about_context=True))


def _one_of(contexts: Sequence[str]) -> str:
    named = (name if name.isprintable() else repr(name) for name in contexts)
    return f"one of its contexts: {listed(named, _NAMED_CONTEXTS)}"


def _referred(
    data: Mapping[str, Any], section: str, context: str, name: object, problems: list[Problem]
) -> dict[str, Any] | None:
    found = bodies(data, section).get(name) if isinstance(name, str) else None
    if found is not None:
        return copy.deepcopy(found)
    text = f"context {context!r} names no {SECTIONS[section]} that the kubeconfig has"
    allowed = "a context whose cluster and user are listed under clusters and users"
    remedy = "choose another context, or add the missing entry to the kubeconfig"
    problems.append(Problem(text, allowed, remedy, about_context=True))
    return None
