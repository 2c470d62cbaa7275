"""Cases and agents for tests of the harness itself."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from tfc_agent_tools.evaluation.case import Case
from tfc_agent_tools.evaluation.conversation import Ended, Table


def reading_case(name: str = "reads", **changes: Any) -> Case:
    """A case that reads one workspace and says whether it is locked."""
    expect = {"writes": [], "calls_at_most": 1, "says": ["locked: False"], **changes.pop("expect", {})}
    base = {
        "id": f"own.{name}",
        "prompt": "Is staging locked?",
        "confirm": "absent",
        "script": [
            {"get_workspace_by_name": {"organization_name": "acme", "workspace_name": "app-staging"}},
            "${get_workspace_by_name.name} is locked: ${get_workspace_by_name.locked}.",
        ],
        **changes,
    }
    return Case.model_validate({**base, "expect": expect})


@dataclass(frozen=True)
class Idle:
    """An agent that does nothing, sleeps, breaks down, or takes its process with it."""

    name: str = "idle"
    breaks: bool = False
    dies: bool = False
    sleeps: float = 0.0

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Do nothing."""
        del table, epoch
        time.sleep(self.sleeps)
        if self.dies:
            os._exit(1)
        if self.breaks:
            raise RuntimeError(f"it broke at {case.id}")
        return Ended()
