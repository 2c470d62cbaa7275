"""What a model writes, checked once: the pydantic model of a signature; errors name the argument and the fix."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.types import NOT_GIVEN, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID_OR_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,90}(/[A-Za-z0-9_-]{1,90})?")
_NAMED: Final = re.compile(r"workspace|(organization|workspace)_name|\w+_id")
"""The arguments that hold an id or a name. One word of any other can be a secret as well as a word."""


def arguments_model(signature: inspect.Signature, hints: Mapping[str, Any], *, takes_reason: bool) -> type[BaseModel]:
    """The pydantic model of a signature."""
    fields: dict[str, Any] = {
        name: (hints[name], _default(parameter)) for name, parameter in signature.parameters.items()
    }
    if takes_reason:
        fields["reason"] = (Annotated[Reason | None, ...], None)
    return create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)


def validated(model: type[BaseModel], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The model's fields as a dict, or the first thing wrong as an `ArgumentError` that repeats no value."""
    try:
        checked = model.model_validate(raw)
    except ValidationError as error:
        raise _argument_error(model, error) from None
    values = {name: getattr(checked, name) for name in model.model_fields}
    return {name: value for name, value in values.items() if value is not NOT_GIVEN}


def plain_json(value: Any) -> Any:
    """Arguments as JSON data: models inside become objects."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {name: plain_json(item) for name, item in mapping(cast("object", value)).items()}
    return [plain_json(item) for item in items(cast("object", value))] if isinstance(value, list) else value


def public(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The arguments as a log may keep them: ids, names, numbers and flags whole, any other text by its length."""
    return {name: _public(name, value) for name, value in arguments.items() if value is not None}


def _default(parameter: inspect.Parameter) -> Any:
    """A factory for what is not given, so that the schema shows no default and null stays null."""
    if parameter.default is NOT_GIVEN:
        return Field(default_factory=lambda: NOT_GIVEN)
    return ... if parameter.default is inspect.Parameter.empty else parameter.default


def _argument_error(model: type[BaseModel], error: ValidationError) -> ArgumentError:
    first = error.errors(include_input=False, include_url=False)[0]
    place = [_shown(part) for part in first["loc"]] or ["arguments"]
    name, inside = place[0], ".".join(place[1:4])
    if inside:
        problem = "is not known there" if first["type"] == "extra_forbidden" else first["msg"]
        return ArgumentError(name, f"{inside}: {problem}.", "")
    if first["type"] == "extra_forbidden":
        return ArgumentError(
            name, "is not an argument of this tool.", f"It takes {', '.join(model.model_fields) or 'none'}."
        )
    if first["type"] == "missing":
        return ArgumentError(name, "is missing.", _example(model, name, "Give it."))
    problem = "does not have the right form." if first["type"] == "string_pattern_mismatch" else f"{first['msg']}."
    return ArgumentError(name, problem, _example(model, name, ""))


def _example(model: type[BaseModel], name: str, otherwise: str) -> str:
    examples = _examples(model.model_fields[name]) if name in model.model_fields else []
    return f"It looks like {' or '.join(map(str, examples))}." if examples else otherwise


def _shown(part: str | int) -> str:
    """A name that a model may have made up, with nothing in it but what can be seen."""
    return ascii(str(part)[:80])[1:-1]


def _examples(field: FieldInfo) -> list[Any]:
    """The examples of a field, or of the type inside where it is optional."""
    inner = [part for option in get_args(field.annotation) for part in getattr(option, "__metadata__", ())]
    stated = (part.examples for part in inner if isinstance(part, FieldInfo) and part.examples)
    return field.examples or next(stated, list[Any]())


def _public(name: str, value: Any) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str) and _NAMED.fullmatch(name) and _ID_OR_NAME.fullmatch(value):
        return value
    return f"{len(value)} characters" if isinstance(value, str) else f"{len(value)} items"
