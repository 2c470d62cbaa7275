"""Variables of a workspace. A secret value comes by name, and no answer shows a value.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspace-variables

Left out: pages (the server answers with all variables at once), the filters in a new variable's body (the path says the
workspace).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import changes, document, endpoint, exclusive
from tfc_agent_tools.endpoints.previews.variables import changed_variable_of, end_of_variable, new_variable_of
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json, Secret
from tfc_agent_tools.types import (
    NOT_GIVEN,
    Description,
    Impact,
    PlainText,
    Risk,
    SecretName,
    TokenType,
    VariableId,
    WorkspaceRef,
)

Key = Annotated[str, Field(max_length=255, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", examples=["region", "AWS_REGION"])]
Value = Annotated[str, Field(max_length=256_000), PlainText]
Category = Literal["terraform", "env"]


@returns("vars")
@permission("read variables")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /workspaces/{workspace}/vars", action="variables.list")
def list_workspace_variables(workspace: WorkspaceRef) -> Json:
    """List a workspace's variables without their values.

    The variables of variable sets are not among them.
    """


@returns("vars")
@previews(new_variable_of)
@impacts(Impact.RUNS_CODE)
@explains("explain/create_workspace_variable.md.j2")
@confirms(Risk.WRITE)
@permission("write variables", workspace="can-update-variable")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("POST /workspaces/{workspace}/vars", action="variables.create")
def create_workspace_variable(
    workspace: WorkspaceRef,
    key: Key,
    category: Category,
    value: Value | None = None,
    value_from: SecretName | None = None,
    description: Description | None = None,
    hcl: bool = False,
    sensitive: bool | None = None,
) -> Json:
    """Create a variable; a secret value comes by value_from and is then sensitive.

    `hcl` has no effect on an env variable.
    """
    attributes = {"key": key, "description": description, "category": category, "hcl": hcl}
    given = {"value": value, "value_from": value_from, "sensitive": sensitive}
    return document(
        "vars", attributes | {"sensitive": False} | _valued({k: v for k, v in given.items() if v is not None})
    )


@returns("vars")
@previews(changed_variable_of)
@impacts(Impact.RUNS_CODE)
@explains("explain/update_workspace_variable.md.j2")
@confirms(Risk.WRITE)
@permission("write variables", workspace="can-update-variable")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("PATCH /workspaces/{workspace}/vars/{variable_id}", action="variables.update")
def update_workspace_variable(
    workspace: WorkspaceRef,
    variable_id: VariableId,
    key: Key = NOT_GIVEN,
    category: Category = NOT_GIVEN,
    value: Value = NOT_GIVEN,
    value_from: SecretName = NOT_GIVEN,
    description: Description | None = NOT_GIVEN,
    hcl: bool = NOT_GIVEN,
    sensitive: bool = NOT_GIVEN,
) -> Json:
    """Change a variable; of a sensitive one only the value can change.

    What is not given stays as it is. A secret value makes the variable sensitive.
    """
    given = {"value": value, "value_from": value_from, "sensitive": sensitive}
    valued = _valued({name: each for name, each in given.items() if each is not NOT_GIVEN})
    nothing = dict.fromkeys(("value", "sensitive"), NOT_GIVEN)
    attributes = {"key": key, "description": description, "category": category, "hcl": hcl, **nothing, **valued}
    return changes("vars", attributes, identifier=variable_id)


@returns("variable-gone")
@previews(end_of_variable)
@impacts(Impact.RUNS_CODE)
@explains("explain/delete_workspace_variable.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("write variables", workspace="can-update-variable")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("DELETE /workspaces/{workspace}/vars/{variable_id}", action="variables.delete")
def delete_workspace_variable(workspace: WorkspaceRef, variable_id: VariableId) -> Json:
    """Delete a variable; its value can't be read back."""


def _valued(given: dict[str, Any]) -> dict[str, Any]:
    """`value` and `sensitive` as they are sent.

    Raises:
        ArgumentError: A secret would stand in the call, or be stored for everyone to read.
    """
    exclusive(value="value" in given, value_from="value_from" in given)
    if "value" in given and given.get("sensitive"):
        raise ArgumentError("value", "is a literal, and a sensitive value must not be one.", "Give value_from instead.")
    if "value_from" not in given:
        return given
    if given.get("sensitive") is False:
        raise ArgumentError("sensitive", "can't be false for a value_from: all could read it.", "Leave it out.")
    return {"value": Secret(given["value_from"]), "sensitive": True}
