"""The one place that removes secrets from a text before anybody sees it.

Everything that a program, an API server or a node says passes through here before an error quotes
it. Removed are known secrets (the credentials at hand) and whatever looks like one.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote

SCRUBBED = "[secret]"

# Characters that Go escapes in JSON and Python does not.
_OF_GO = {ord(one): f"\\u{ord(one):04x}" for one in "<>&"}

# Shorter secrets match only as whole words: as parts of words they would garble every message.
_LONG = 12
# A member decides how long a text is and what is in it, so no pattern may scan without a bound from
# more than one place in the same run of characters.
_LOOKS_SECRET = re.compile(
    # A key's PEM block, up to its end or that of the text, plain or in a JSON string.
    r"-----BEGIN [^-\n]*PRIVATE KEY[^-\n]*-----.*?(?:-----END [^-\n]*-----|\Z)"
    # The same in base64, and what Helm and Kubernetes keep as base64 of gzip, whole or cut.
    r"|LS0tLS1CRUdJT[\w+/=]*|H4sIA[\w+/=]{16,}|SDRzSU[\w+/=]{16,}"
    # A token: a JWT, at the beginning of a word or after an escaped line break; those of GitHub,
    # GitLab, Google and EKS.
    r"|(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{8,}(?:\.[\w-]+)+"
    r"|(?<![^\W_])(?:gh[pousr]_|github_pat_|glpat-|ya29\.|k8s-aws-v1\.)[\w.-]{16,}"
    # The value of an Authorization header; user and password in a URL.
    r"|(?<=Bearer )[\w.~+/-]{12,}=*|(?<=bearer )(?=[\w~+/-]{0,64}[\d.])[\w.~+/-]{12,}=*"
    r"|(?<=Basic )[\w+/]{8,}=*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
    re.DOTALL,
)
_NAMES = (
    r"token|password|passwd|passphrase|client[-_]secret|(?:secret|access|api|private)[-_]?key"
    r"|client-key-data|ssh-privatekey|(?<=[\w-])\.key"
)
_PLAIN = r"""[^\s"'\\,;{}\[\]]"""
_OF_A_KEY = re.compile(
    # The value of a key whose name says that it is secret, in JSON, YAML or a printed Go map:
    # quoted, or longer than an ordinary word or with a digit in it.
    rf"""((?:{_NAMES})\\?["']?\s?[:=]\s?\[?)"""
    rf"""("(?:[^"\\]|\\.)+|'[^']+|\\["'](?:[^"'\\]|\\\\(?:\\["'])?)+"""
    rf"""|(?={_PLAIN}{{0,64}}\d){_PLAIN}{{4,}}|{_PLAIN}{{8,}})"""
    # An option of a program; a header.
    rf"""|(--[\w-]{{0,40}}(?:{_NAMES})\s)(\S+)"""
    rf"""|(authorization\\?["']?\s?[:=]\s?\\?["']?(?:\w+\s)?)([^\s"'\\]+)""",
    re.IGNORECASE | re.DOTALL,
)
# Anything else that is long and has all of base64's character classes: no word or digest has.
_LONG_RUN = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}|[\w-]{64,}")


class Scrubber:
    """Removes known secrets from a text, in every form in which they are passed on."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets; empty ones are skipped."""
        self.secrets = tuple(secret for secret in secrets if secret)

    def scrub(self, text: str) -> str:
        """Return the text without secrets and without what looks like one."""
        for form in self._long:
            text = text.replace(form, SCRUBBED)
        return scrub(self._words.sub(SCRUBBED, text) if self._words else text)

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(form for secret in self.secrets for form in _forms(secret))

    @cached_property
    def _long(self) -> list[str]:
        # Longest first: one may be part of another.
        return sorted((form for form in self._all if len(form) >= _LONG), key=len, reverse=True)

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        words = [re.escape(form) for form in self._all if len(form) < _LONG]
        return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None


def scrub(text: str) -> str:
    """Return a text without what looks like a secret, if the secrets themselves are unknown."""
    found = _LOOKS_SECRET.sub(SCRUBBED, text)
    found = _OF_A_KEY.sub(lambda one: f"{one[1] or one[3] or one[5]}{SCRUBBED}", found)
    return _LONG_RUN.sub(lambda run: SCRUBBED if _is_mixed(run[0]) else run[0], found)


def _is_mixed(run: str) -> bool:
    return all(any(test(one) for one in run) for test in (str.isupper, str.islower, str.isdigit))


def _forms(secret: str) -> Iterator[str]:
    """Yield the text as it is, quoted for JSON and URLs, in base64, and line by line."""
    lines = [line for line in secret.splitlines() if len(line) >= _LONG]
    for text in filter(None, (secret, secret.strip(), *lines, *_decoded(secret))):
        as_json = json.dumps(text)[1:-1]
        yield from (text, as_json, as_json.translate(_OF_GO), quote(text, safe=""))
        if len(text) >= _LONG:
            yield base64.b64encode(text.encode()).decode()


def _decoded(secret: str) -> Iterator[str]:
    """Yield the text decoded from base64, as kubeconfigs hold their keys, whole and by line."""
    if len(secret) < _LONG:
        return
    try:
        text = base64.b64decode(secret, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield from (one for one in (text, *text.splitlines()) if len(one) >= _LONG)
