"""State files of version 4, masked by the paths in them.

https://developer.hashicorp.com/terraform/language/state documents no format; these are the fields of Terraform 1.11.
`private` and `attributes_flat` hold what only a provider or an old Terraform can read, and are dropped.
"""

from __future__ import annotations

from typing import Any, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.secrets.json_kinds import is_object
from tfc_agent_tools.present.secrets.marks import ALL, marks_of_paths, masked
from tfc_agent_tools.present.secrets.masking import RESOURCE, Masked, Rule, each, hidden, members, named, owned
from tfc_agent_tools.present.secrets.walk import Content

_DROPPED: Final = frozenset({"private", "attributes_flat"})
_INSTANCE: Final = RESOURCE | owned("attributes", "sensitive_attributes")
_HEAD: Final = owned("version", "terraform_version", "serial", "lineage", "check_results")


def masked_state_file(state: dict[str, Any]) -> Masked:
    """A state file.

    Raises:
        Unreadable: Its version is not 4.
    """
    if state.get("version") != 4 or not isinstance(state["version"], int):
        raise Unreadable("state", "it is not of version 4, the only one whose marks are known")
    secrets: list[object] = []
    resource = members(RESOURCE | {"instances": each(lambda value: _instance(value, secrets))})
    rules: dict[str, Rule] = {
        "outputs": lambda value: Content(named(lambda output: _output(output, secrets))(value)),
        "resources": each(resource),
    }
    return Masked(members(_HEAD | rules, hidden)(state), tuple(secrets))


def _output(output: Any, secrets: list[object]) -> Any:
    """An output; only the sensitive ones say what they are."""
    if not is_object(output):
        return hidden(output)
    mark = output.get("sensitive", False)
    return output | {"value": masked(output.get("value"), ALL, secrets)} if mark is not False else output


def _instance(instance: Any, secrets: list[object]) -> Any:
    """An instance of a resource. Before 0.14 Terraform wrote no marks: then all of its attributes are hidden."""
    if not is_object(instance):
        return hidden(instance)
    kept = {name: value for name, value in instance.items() if name not in _DROPPED}
    if "attributes" in kept:
        marks = marks_of_paths(kept["attributes"], kept.get("sensitive_attributes"))
        kept["attributes"] = Content(masked(kept["attributes"], marks, secrets))
    return members(_INSTANCE)(kept)
