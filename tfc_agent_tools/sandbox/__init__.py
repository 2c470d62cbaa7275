"""A local server that speaks the HCP Terraform API and really plans and applies; extra `[sandbox]`."""

from tfc_agent_tools.sandbox.sandbox import Sandbox
from tfc_agent_tools.sandbox.serve import describe, serve

__all__ = ["Sandbox", "describe", "serve"]
