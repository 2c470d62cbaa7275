"""LangChain tools for the HCP Terraform API that can't write without a human."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tfc_agent_tools.authority.confirm import Confirmation, Confirmer, Decision
    from tfc_agent_tools.authority.requirement import Approver, Proof
    from tfc_agent_tools.errors import (
        ApiError,
        ArgumentError,
        CallFailed,
        ConfigurationError,
        ConfirmationRefused,
        OutcomeUnknown,
        PermissionRefused,
        PolicyRefused,
        Refused,
        TokenRefused,
        ToolkitError,
        UnexpectedResponse,
        Unreachable,
    )
    from tfc_agent_tools.toolkit import TerraformCloudToolkit
    from tfc_agent_tools.types import Impact, Risk, TokenType

__all__ = [
    "ApiError",
    "Approver",
    "ArgumentError",
    "CallFailed",
    "ConfigurationError",
    "Confirmation",
    "ConfirmationRefused",
    "Confirmer",
    "Decision",
    "Impact",
    "OutcomeUnknown",
    "PermissionRefused",
    "PolicyRefused",
    "Proof",
    "Refused",
    "Risk",
    "TerraformCloudToolkit",
    "TokenRefused",
    "TokenType",
    "ToolkitError",
    "UnexpectedResponse",
    "Unreachable",
]

_HOMES: Final = {
    "TerraformCloudToolkit": "toolkit",
    **dict.fromkeys(("Confirmation", "Confirmer", "Decision"), "authority.confirm"),
    **dict.fromkeys(("Approver", "Proof"), "authority.requirement"),
    **dict.fromkeys(("Impact", "Risk", "TokenType"), "types"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: LangChain's own base classes take most of a second."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
