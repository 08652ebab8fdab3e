"""The one place where what is secret is taken out of a text before somebody sees it.

Everything that a program, an API server or a node says goes through here before it stands in an
error: what is known to be secret (the credentials at hand), and what looks so, whoever has it.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote

SCRUBBED = "[secret]"

# What Go writes otherwise in JSON than Python.
_OF_GO = {ord(one): f"\\u{ord(one):04x}" for one in "<>&"}

# Shorter ones are looked for as whole words: as a part of others they would garble every message.
_LONG = 12
# A member decides how long a text is and what it is made of, so no pattern reads on without a bound
# from more than one place of the same run of characters.
_LOOKS_SECRET = re.compile(
    # A PEM block of a key, up to its end or that of the text, as it is or in a string of JSON.
    r"-----BEGIN [^-\n]*PRIVATE KEY[^-\n]*-----.*?(?:-----END [^-\n]*-----|\Z)"
    # The same in base64, and what Helm and Kubernetes keep as base64 of gzip: any of a piece.
    r"|LS0tLS1CRUdJT[\w+/=]*|H4sIA[\w+/=]{16,}|SDRzSU[\w+/=]{16,}"
    # A token (JWT), at the beginning of a word or behind an escaped line break; of GitHub, GitLab,
    # Google and EKS.
    r"|(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{8,}(?:\.[\w-]+)+"
    r"|(?<![^\W_])(?:gh[pousr]_|github_pat_|glpat-|ya29\.|k8s-aws-v1\.)[\w.-]{16,}"
    # What an Authorization header holds; user and password in a URL.
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
    # The value of a key of a Secret or a kubeconfig that holds one: of JSON, of YAML, of Go's maps;
    # quoted, or of a length or with a digit that an ordinary word has not.
    rf"""((?:{_NAMES})\\?["']?\s?[:=]\s?\[?)"""
    rf"""("(?:[^"\\]|\\.)+|'[^']+|\\["'](?:[^"'\\]|\\\\(?:\\["'])?)+"""
    rf"""|(?={_PLAIN}{{0,64}}\d){_PLAIN}{{4,}}|{_PLAIN}{{8,}})"""
    # An option of a program; a header.
    rf"""|(--[\w-]{{0,40}}(?:{_NAMES})\s)(\S+)"""
    rf"""|(authorization\\?["']?\s?[:=]\s?\\?["']?(?:\w+\s)?)([^\s"'\\]+)""",
    re.IGNORECASE | re.DOTALL,
)
# What else is long and of all classes of base64's characters: no word and no digest is.
_LONG_RUN = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}|[\w-]{64,}")


class Scrubber:
    """Takes texts that are known to be secret, in every form in which they are passed on, out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know these texts; an empty one is none."""
        self.secrets = tuple(secret for secret in secrets if secret)

    def scrub(self, text: str) -> str:
        """Return the text without what is secret, or looks so."""
        for form in self._long:
            text = text.replace(form, SCRUBBED)
        return scrub(self._words.sub(SCRUBBED, text) if self._words else text)

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(form for secret in self.secrets for form in _forms(secret))

    @cached_property
    def _long(self) -> list[str]:
        # The longest first: one may be a part of another.
        return sorted((form for form in self._all if len(form) >= _LONG), key=len, reverse=True)

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        words = [re.escape(form) for form in self._all if len(form) < _LONG]
        return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None


def scrub(text: str) -> str:
    """Return a text without what looks secret, where it is not known whose it is."""
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
    """Yield what the text is the base64 of, as a kubeconfig has its keys, line by line too."""
    if len(secret) < _LONG:
        return
    try:
        text = base64.b64decode(secret, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield from (one for one in (text, *text.splitlines()) if len(one) >= _LONG)
