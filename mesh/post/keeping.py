"""One comment, or one issue, per stack: edited in place, found by the marker in its first line."""

from collections.abc import Iterable

from ..summary.document import marker_of
from .forge import Entry, Forge, ForgeError


def keep_comment(forge: Forge, request: int, body: str) -> str:
    """Write or edit the comment on a pull request; return what was done. Raises ForgeError."""
    known = _ours(forge.comments(request), body)
    if known is None:
        return f"commented: {forge.add_comment(request, body).url}"
    if _is_same(known.body, body):
        return f"the comment already says this: {known.url}"
    return f"edited: {forge.edit_comment(request, known.number, body).url}"


def keep_issue(forge: Forge, title: str, body: str, *, is_resolved: bool) -> str:
    """Open or edit the issue, or close it if it is resolved; return what was done."""
    known = _ours(forge.open_issues(), body)
    if known is None and is_resolved:
        return "no issue is open, and none is needed"
    if known is None:
        return f"opened: {forge.add_issue(title, body).url}"
    if _is_same(known.body, body) and not is_resolved:
        return f"the issue already says this: {known.url}"
    edited = forge.edit_issue(known.number, title, body, closes=is_resolved)
    return f"{'closed' if is_resolved else 'edited'}: {edited.url}"


def _ours(entries: Iterable[Entry], body: str) -> Entry | None:
    """Our entry with the body's marker; a marker in somebody else's text means nothing."""
    wanted = marker_of(body)
    if wanted is None:
        raise ForgeError(
            "the file is not a summary: its first line has to be the marker that"
            " `python -m mesh summary` writes"
        )
    return next((one for one in entries if one.is_ours and marker_of(one.body) == wanted), None)


def _is_same(before: str, after: str) -> bool:
    # A forge may store other line endings, and none at the end.
    return before.replace("\r\n", "\n").strip() == after.strip()
