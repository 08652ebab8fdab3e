"""Values that came over the wire, plain as far as they are known."""

from typing import Any

import pulumi


async def known(value: Any) -> Any:
    """Unwrap known Outputs; leave unknown ones as they are.

    Secrets come out in plain text: the caller marks them as secret again. Whole numbers, which are
    floats on the wire, become integers again.
    """
    if isinstance(value, pulumi.Output):
        is_known = await value.is_known()
        return await known(await value.future(with_unknowns=True)) if is_known else value
    if isinstance(value, dict):
        return {key: await known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [await known(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
