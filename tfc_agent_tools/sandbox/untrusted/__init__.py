"""What an untrusted configuration may hold: the check that its text passes before terraform sees it.

It is conservative: a text that the small lexer here does not surely read as terraform does is refused. What
it lets through is `terraform_data` with variables, outputs, locals and modules of its own, no file outside
the configuration, and nothing that starts a program or opens a connection.
"""

from tfc_agent_tools.sandbox.untrusted.check import unsafe_parts

__all__ = ["unsafe_parts"]
