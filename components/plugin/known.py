"""What came over the wire as plain values, as far as it is known."""

from typing import Any

import pulumi


async def known(value: Any) -> Any:
    """Take off what is around a value that is known; what is not stays an Output.

    Secrets come out in the clear: who asks makes them secret again. Whole numbers, which the wire
    has as fractions, are whole again.
    """
    if isinstance(value, pulumi.Output):
        is_known = await value.is_known()
        return await known(await value.future(with_unknowns=True)) if is_known else value
    if isinstance(value, dict):
        return {key: await known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [await known(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
