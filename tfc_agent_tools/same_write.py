"""When two requests are the same write, so that one of unknown outcome is not repeated under other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.approvals import fingerprint
from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from tfc_agent_tools.request import Request

_NAMES: Final = ("name", "key")


def write_key(server: str, request: Request) -> str:
    """Equal for requests that do the same to the same thing.

    Messages, comments and settings don't count: a model that tries again words them anew. A run is the same as another
    one of its workspace, a variable or workspace as another one of its name.
    """
    data: dict[str, Any] = dict(mapping(mapping(request.body).get("data")))
    attributes = mapping(data.get("attributes"))
    what = [request.method, request.path, str(request.signed_by), _plain(data.get("relationships"))]
    return fingerprint("write", [server, *what, [str(attributes.get(name)) for name in _NAMES]])


def _plain(relationships: Any) -> Any:
    return {name: str(mapping(value).get("data")) for name, value in mapping(relationships).items()}
