"""One comment, or one issue, per stack: edited in place, found by the marker in its first line."""

from collections.abc import Iterable

from ..summary.document import marker_of
from .forge import Entry, Forge, ForgeError


def keep_comment(forge: Forge, request: int, body: str) -> str:
    """Write the comment on a pull request, or edit it; says what was done. Raises ForgeError."""
    known = _ours(forge.comments(request), body)
    if known is None:
        return f"commented: {forge.add_comment(request, body).url}"
    if _is_same(known.body, body):
        return f"the comment says so already: {known.url}"
    return f"edited: {forge.edit_comment(request, known.number, body).url}"


def keep_issue(forge: Forge, title: str, body: str, *, is_resolved: bool) -> str:
    """Open the issue or edit it, or close it where it is resolved; raises ForgeError."""
    known = _ours(forge.open_issues(), body)
    if known is None and is_resolved:
        return "there is no open issue, and no need of one"
    if known is None:
        return f"opened: {forge.add_issue(title, body).url}"
    if _is_same(known.body, body) and not is_resolved:
        return f"the issue says so already: {known.url}"
    edited = forge.edit_issue(known.number, title, body, closes=is_resolved)
    return f"{'closed' if is_resolved else 'edited'}: {edited.url}"


def _ours(entries: Iterable[Entry], body: str) -> Entry | None:
    """Find ours with the body's marker; a marker in what somebody else wrote means nothing."""
    wanted = marker_of(body)
    if wanted is None:
        raise ForgeError("the file is no summary: its first line has to be the marker that one has")
    return next((one for one in entries if one.is_ours and marker_of(one.body) == wanted), None)


def _is_same(before: str, after: str) -> bool:
    # A forge may store other line ends, and none at the end.
    return before.replace("\r\n", "\n").strip() == after.strip()
