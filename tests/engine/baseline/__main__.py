"""Makes the baseline of tests/engine/test_compatibility.py from an export of a lab's stack.

`pulumi stack export | python -m tests.engine.baseline > tests/engine/baseline/state.json`, once for
each release whose state the next one has to update. Every secret becomes empty, and no path of a
machine stays.
"""

import json
import sys
from typing import Any

# The file and line, on some machine, in which a resource was registered.
PLACES = ("sourcePosition", "stackTrace")
SECRET_KEY = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


def without_secrets(value: Any) -> Any:
    """Return the value with an empty text in place of every secret."""
    if isinstance(value, dict) and value.get(SECRET_KEY) == SECRET:
        return {SECRET_KEY: SECRET, "plaintext": '"{}"'}
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items() if key not in PLACES}
    if isinstance(value, list):
        return [without_secrets(inner) for inner in value]
    return value


def main() -> None:
    """Rewrite the export on stdin to stdout."""
    exported = json.load(sys.stdin)
    deployment = exported["deployment"]
    deployment.pop("secrets_providers", None)
    deployment.pop("metadata", None)
    manifest = deployment["manifest"]
    deployment["manifest"] = {key: manifest[key] for key in ("time", "magic", "version")}
    json.dump(without_secrets(exported), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
