"""The third act: a policy says no, a person says yes from another process, and both are on record."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.authority.signatures import keypair
from tfc_agent_tools.cli.clerk import write_private
from tfc_agent_tools.cli.demo.outside import Counter
from tfc_agent_tools.cli.narrator import call_line
from tfc_agent_tools.cli.records import show_records
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from tfc_agent_tools.cli.screen import Screen
    from tfc_agent_tools.sandbox import Sandbox

_POLICY: Final = """\
version: 1
agents:
  demo: {{on_behalf_of: [ana@acme.io], access: {{workspaces: read, runs: read}}}}
people:
  zoe@acme.io: {{keys: ["{public}"]}}
rules:
  - id: network-team-only
    effect: deny
    actions: [runs.create, runs.apply]
    where: {{workspace: network}}
    why: the network team rolls out its own
  - id: zoe-lets-runs-start
    effect: ask
    actions: [runs.create]
    approvers: {{people: [zoe@acme.io], not_requester: true}}
"""
_MAIN: Final = "from tfc_agent_tools.cli import main; main()"


def play_policy(screen: Screen, sandbox: Sandbox) -> bool:
    """Play the act; False if the policy let something through, or a proven yes did not."""
    screen.heading("3. A policy, and a yes from a second terminal")
    with tempfile.TemporaryDirectory(prefix="tfc-agent-demo-") as folder:
        office = _Office(Path(folder), sandbox)
        screen.text("What the platform team wrote (policy.yaml):")
        screen.console.print(office.policy.read_text(encoding="utf-8"), markup=False, highlight=False)
        denied = office.calls(screen, "The agent wants a run where the policy says no.", "acme/network")
        waiting = office.calls(screen, "It wants one where the policy asks Zoe.", "acme/app-staging")
        office.second_terminal(screen)
        sent = office.calls(screen, "The agent makes the same call again.", "acme/app-staging")
        screen.console.print()
        show_records(screen, office.toolkit.audit.records())
        intact = office.toolkit.audit.verify()
        screen.text(f"The log of this act, in a SQLite file that both processes used: {_intact(intact)}.")
        office.toolkit.close()
    return (denied, waiting, sent) == (0, 0, 1) and intact


def _intact(intact: bool) -> str:
    return "intact" if intact else "BROKEN"


@dataclass
class _Office:
    """A folder with a policy, a store and Zoe's key, and the agent that works under them."""

    folder: Path
    sandbox: Sandbox

    def __post_init__(self) -> None:
        private, public = keypair()
        write_private(self.folder / "zoe.key", private)
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(_POLICY.format(public=public), encoding="utf-8")
        self.store = f"sqlite:///{self.folder}/store.db"
        self._counter = Counter(self.sandbox)
        self.toolkit = TerraformCloudToolkit(
            address=self.sandbox.address,
            token=self.sandbox.tokens["user"],
            token_type=TokenType.USER,
            agent="demo",
            policy=self.policy,
            store=self.store,
            transport=self._counter,
        )

    def calls(self, screen: Screen, story: str, workspace: str) -> int:
        """One call of the agent; the answer is how many writes were sent."""
        arguments: dict[str, Any] = {"workspace": workspace, "message": "Try the new size", "plan_only": True}
        tool = next(tool for tool in self.toolkit.get_tools() if tool.name == "create_run")
        before = self._counter.changing
        result = tool.invoke({"type": "tool_call", "id": "call-1", "name": "create_run", "args": arguments})
        sent = self._counter.changing - before
        screen.console.print()
        screen.line("story", story, style="bold", label_style="bold cyan")
        screen.line("call", call_line("create_run", arguments))
        is_refused = result.status == "error"
        shown = str(result.content) if is_refused else " ".join(str(result.content).splitlines()[:2])
        screen.line("model reads", shown, style="red" if is_refused else "green")
        screen.line("was sent", f"{sent or 'no'} write{'s' * (sent > 1)}")
        return sent

    def second_terminal(self, screen: Screen) -> None:
        """Zoe's answer, by a process of its own that has the store and her key, and no token."""
        (pending,) = self.toolkit.approvals.pending()
        words = ["approvals", "approve", pending.id, "--as", "zoe@acme.io", "--key", str(self.folder / "zoe.key")]
        screen.console.print()
        screen.line("terminal 2", f"tfc-agent approvals approve {pending.id} --as zoe@acme.io --key zoe.key")
        command = [sys.executable, "-c", _MAIN, *words, "--store", self.store, "--yes"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own
        answered = [line for line in done.stdout.splitlines() if "answered by" in line]
        screen.line("", answered[-1].strip() if answered else (done.stderr.strip() or "no answer was put on file"))
