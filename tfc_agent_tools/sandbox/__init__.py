"""A local server that speaks the HCP Terraform API and really plans and applies; extra `[sandbox]`."""

from tfc_agent_tools.sandbox.sandbox import Sandbox
from tfc_agent_tools.sandbox.serve import describe, serve
from tfc_agent_tools.sandbox.world_file import WorldFile, load_world

__all__ = ["Sandbox", "WorldFile", "describe", "load_world", "serve"]
