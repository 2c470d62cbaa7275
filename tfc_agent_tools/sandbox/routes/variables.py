"""Variables of workspaces. A sensitive value is never shown again."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data, nothing
from tfc_agent_tools.sandbox.documents.variables import variable_document
from tfc_agent_tools.sandbox.models import Variable
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Attributes
    from tfc_agent_tools.sandbox.models import Workspace

_CATEGORIES = ("terraform", "env")
_KEYS = {"terraform": re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z"), "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")}
_MAX_VALUE = 256 * 1024
_KEY = "/data/attributes/key"


def list_variables(call: Call) -> Response:
    """List a workspace's variables, all of them."""
    workspace = call.workspace_at("workspace", Permission.READ_VARIABLES)
    return answer({"data": [variable_document(row, workspace) for row in call.world.variables_of(workspace.id)]})


def create_variable(call: Call) -> Response:
    """Create a variable; a key that its category has already is a 422."""
    workspace = call.workspace_at("workspace", Permission.WRITE_VARIABLES)
    attributes = call.document("vars").attributes
    if attributes.choice("category", _CATEGORIES) is None:
        raise invalid("Category can't be blank", "/data/attributes/category")
    variable = _changed(attributes, Variable(id="", workspace_id=workspace.id, key=""))
    _check_key(call, variable)
    variable = replace(variable, id=call.world.ids.new("var"))
    return data(variable_document(call.world.variables.put(variable), workspace), HTTPStatus.CREATED)


def update_variable(call: Call) -> Response:
    """Change a variable; of a sensitive one only the value, and its description never."""
    workspace, variable = _find(call)
    document = call.document("vars")
    if document.id not in (None, variable.id):
        raise invalid("id is not the one in the path", "/data/id")
    after = _changed(document.attributes, variable)
    if variable.sensitive and replace(after, value=variable.value) != variable:
        raise invalid("A sensitive variable's value is all that can change: delete it and create it anew")
    _check_key(call, after)
    return data(variable_document(call.world.variables.put(after), workspace))


def delete_variable(call: Call) -> Response:
    """Delete a variable."""
    call.world.variables.remove(_find(call)[1].id)
    return nothing()


def _find(call: Call) -> tuple[Workspace, Variable]:
    workspace = call.workspace_at("workspace", Permission.WRITE_VARIABLES)
    variable = call.world.variables.get(call.path("variable"))
    if variable is None or variable.workspace_id != workspace.id:
        raise not_found()
    return workspace, variable


def _changed(attributes: Attributes, before: Variable) -> Variable:
    value = (attributes.text("value") or "") if "value" in attributes else before.value
    if "\0" in value:
        raise invalid("Value can't hold a NUL", "/data/attributes/value")
    if len(value) > _MAX_VALUE:
        raise invalid(f"Value is longer than {_MAX_VALUE} characters", "/data/attributes/value")
    return replace(
        before,
        key=attributes.text("key") or "" if "key" in attributes else before.key,
        value=value,
        description=attributes.text("description") if "description" in attributes else before.description,
        category=attributes.choice("category", _CATEGORIES) or before.category,
        hcl=attributes.flag("hcl", before.hcl),
        sensitive=attributes.flag("sensitive", before.sensitive),
    )


def _check_key(call: Call, variable: Variable) -> None:
    if not variable.key:
        raise invalid("Key can't be blank", _KEY)
    if not _KEYS[variable.category].match(variable.key):
        raise invalid("Key is not a name that a variable of its category can have", _KEY)
    for other in call.world.variables_of(variable.workspace_id):
        if other.id != variable.id and (other.key, other.category) == (variable.key, variable.category):
            raise invalid("Key has already been taken", _KEY)


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/vars", list_variables),
    Endpoint("POST", "/workspaces/{workspace}/vars", create_variable),
    Endpoint("PATCH", "/workspaces/{workspace}/vars/{variable}", update_variable),
    Endpoint("DELETE", "/workspaces/{workspace}/vars/{variable}", delete_variable),
)
