"""What all models of the stack config have in common."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Keys are camelCase in YAML and snake_case here; values are never shown in an error.

    The text below a key is its description, for a section the first paragraph of its model's
    docstring. `Default: ….` at its end is for a default that is no value. Everything that explains
    keys comes from there (`python -m mesh reference --write`).
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )
