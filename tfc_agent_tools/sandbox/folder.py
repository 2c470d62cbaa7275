"""The folder of one run: its configuration, its state, its empty home, and what terraform is told."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.archive import BadArchive, Member, read_archive, unpack
from tfc_agent_tools.sandbox.untrusted import unsafe_parts
from tfc_agent_tools.sandbox.variables_in_runs import passed_on, workspace_values

if TYPE_CHECKING:
    from pathlib import Path

    from tfc_agent_tools.sandbox.engine import Order

PLAN = "tfplan"
_STATE = "terraform.tfstate"
# Override files are merged in the order of their names, and `~` sorts after every letter.
_BACKEND_FILE = "~~sandbox_override.tf"
_BACKEND = 'terraform {\n  backend "local" {\n    path = "terraform.tfstate"\n  }\n}\n'
_OFFLINE = 'disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n'
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class Refused(Exception):  # noqa: N818 - the sandbox's answer, not its failure
    """The run is not carried out; the message is the diagnostic."""


def checked_members(order: Order, *, trusted: bool) -> list[Member]:
    """Return the files of a run's configuration.

    Raises:
        Refused: The archive can't be unpacked, or holds what an untrusted configuration may not.
    """
    try:
        members = read_archive(order.archive)
    except BadArchive as error:
        raise Refused(str(error)) from error
    found = [] if trusted else unsafe_parts(members)
    if found:
        raise Refused(refusal(found))
    return members


def refusal(found: list[str]) -> str:
    """Return the diagnostic for an untrusted configuration."""
    return "the sandbox does not run this configuration: " + "; ".join(found)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run lives, below the order's folder."""

    order: Order
    trusted: bool

    @property
    def base(self) -> Path:
        """The root of the unpacked archive."""
        return self.order.folder / "configuration"

    @property
    def root(self) -> Path:
        """Where terraform runs: the workspace's working directory.

        Raises:
            Refused: The working directory is not in the configuration.
        """
        wanted = self.order.options.working_directory
        root = (self.base / (wanted or "").lstrip("/")).resolve()
        if not root.is_relative_to(self.base.resolve()) or not root.is_dir():
            msg = f"the working directory {wanted!r} is not in the configuration"
            raise Refused(msg)
        return root

    def prepare(self, members: list[Member]) -> None:
        """Unpack the configuration and write all that stands around it."""
        try:
            unpack(members, self.base)
        except BadArchive as error:
            raise Refused(str(error)) from error
        for name in ("home", "providers"):
            (self.order.folder / name).mkdir()
        offline = "" if self.trusted else _OFFLINE % (self.order.folder / "providers")
        (self.order.folder / "cli.tfrc").write_text(offline)
        (self.order.folder / "workspace.tfvars").write_text(workspace_values(self.order.variables))
        (self.order.folder / "run.tfvars").write_text(self._variables())
        (self.root / _BACKEND_FILE).write_text(_BACKEND)
        (self.root / _STATE).unlink(missing_ok=True)
        self.write_state()

    def write_state(self) -> None:
        """Put the workspace's current state where terraform looks for it."""
        if self.order.state is not None:
            (self.root / _STATE).write_bytes(self.order.state)

    def read_state(self) -> bytes | None:
        """Return the state that terraform left."""
        state = self.root / _STATE
        return state.read_bytes() if state.is_file() else None

    def environment(self) -> dict[str, str]:
        """Return terraform's whole environment: nothing of the host's but PATH, and the workspace's safe variables."""
        own = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.order.folder / "home"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(self.order.folder / "cli.tfrc"),
        }
        return passed_on(self.order.variables, trusted=self.trusted) | own

    def format_arguments(self) -> list[str]:
        """Return what makes the log structured; a plain one keeps its colours, as the service's does."""
        return ["-json"] if self.order.structured else []

    def plan_arguments(self) -> list[str]:
        """Return the arguments of `terraform plan` for the run's options."""
        options = self.order.options
        arguments = ["-input=false", *self.format_arguments(), "-detailed-exitcode", f"-out={PLAN}"]
        # The later file wins: a run's own variables beat the workspace's.
        arguments += [f"-var-file={self.order.folder / name}" for name in ("workspace.tfvars", "run.tfvars")]
        arguments += ["-destroy"] if options.is_destroy else []
        arguments += ["-refresh-only"] if options.refresh_only else []
        arguments += [] if options.refresh else ["-refresh=false"]
        arguments += [f"-target={address}" for address in options.target_addrs]
        arguments += [f"-replace={address}" for address in options.replace_addrs]
        return arguments

    def _variables(self) -> str:
        lines: list[str] = []
        for key, value in self.order.options.variables:
            if not _NAME.match(key):
                msg = f"{key!r} is not the name of a variable"
                raise Refused(msg)
            lines.append(f"{key} = {value}\n")
        return "".join(lines)
