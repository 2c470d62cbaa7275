"""Documents of variables."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, to_one

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import Variable, Workspace


def variable_document(variable: Variable, workspace: Workspace) -> Document:
    """Return a variable; a sensitive one without its value."""
    organization_path = f"/organizations/{workspace.organization}/workspaces/{workspace.name}"
    return {
        "id": variable.id,
        "type": "vars",
        "attributes": {
            "key": variable.key,
            "value": None if variable.sensitive else variable.value,
            "description": variable.description,
            "sensitive": variable.sensitive,
            "category": variable.category,
            "hcl": variable.hcl,
            "version-id": _version(variable),
        },
        "relationships": {"configurable": to_one("workspaces", workspace.id, organization_path)},
        "links": {"self": f"{API}/workspaces/{workspace.id}/vars/{variable.id}"},
    }


def _version(variable: Variable) -> str:
    content = (variable.id, variable.key, variable.value, variable.description, variable.category, variable.hcl)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:36]
