"""Records what the sandbox's and the evals' worlds run, with the terraform on PATH, into this folder.

`python -m tfc_agent_tools.sandbox.recordings` records all; with names, the files of those names, and with `stories`
what `evals/configurations/stories.yaml` tells.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from tfc_agent_tools.sandbox.archive import read_archive
from tfc_agent_tools.sandbox.configurations import SEEDED, pack
from tfc_agent_tools.sandbox.engine import Applied, Order
from tfc_agent_tools.sandbox.fingerprints import fingerprint
from tfc_agent_tools.sandbox.logs import ETX, STX, Log
from tfc_agent_tools.sandbox.models import PhaseStatus, RunOptions, Variable
from tfc_agent_tools.sandbox.recordings.stories import Stories
from tfc_agent_tools.sandbox.terraform import TerraformEngine, find_binary
from tfc_agent_tools.sandbox.world_file import load_world
from tfc_agent_tools.sandbox.worlds import TROUBLED
from tfc_agent_tools.templates import content_dir

_SCENARIOS = {
    "create": RunOptions(),
    "no-op": RunOptions(),
    "destroy": RunOptions(is_destroy=True),
    "destroy-nothing": RunOptions(is_destroy=True),
}
# The sandbox's own first lines are written again at each replay.
_OWN_LINES = 3


def main() -> int:
    """Write one file for each configuration."""
    binary = find_binary()
    if binary is None:
        sys.stderr.write("neither terraform nor tofu is on PATH\n")
        return 1
    engine = TerraformEngine(binary)
    wanted = sys.argv[1:]
    if not wanted or "stories" in wanted:
        for recording in Stories(content_dir("evals") / "configurations", partial(_run, engine)).recordings():
            _write(f"evals-{recording['name']}", recording)
    for name, archive in _configurations().items():
        if not wanted or name in wanted:
            digest = fingerprint(read_archive(archive))
            _write(name, {"name": name, "fingerprint": digest, "scenarios": _record(engine, archive)})
    return 0


def _write(name: str, recording: dict[str, Any]) -> None:
    target = Path(__file__).with_name(f"{name}.json")
    target.write_text(json.dumps(recording, indent=1) + "\n")
    sys.stdout.write(f"{target}\n")


def _configurations() -> dict[str, bytes]:
    """Return each configuration once, by the first workspace that has it."""
    found = {name: pack(files) for name, files in SEEDED.items()}
    for organization in load_world(TROUBLED).organizations.values():
        for name, seed in (organization.workspaces if organization else {}).items():
            if seed is not None and isinstance(seed.configuration, dict):
                archive = pack(seed.configuration)
                found |= {} if archive in found.values() else {name: archive}
    return found


def _record(engine: TerraformEngine, archive: bytes) -> dict[str, Any]:
    scenarios: dict[str, Any] = {}
    state: bytes | None = None
    for name, options in _SCENARIOS.items():
        scenarios[name], left = _run(engine, archive, state, options)
        state = left or state
    return scenarios


def _run(
    engine: TerraformEngine,
    archive: bytes,
    state: bytes | None,
    options: RunOptions,
    variables: tuple[Variable, ...] = (),
) -> tuple[dict[str, Any], bytes | None]:
    with tempfile.TemporaryDirectory() as folder:
        order = Order(
            archive=archive,
            state=state,
            options=options,
            variables=variables,
            folder=Path(folder),
            log=Log(),
            cancel=threading.Event(),
        )
        planned = engine.plan(order)
        later = replace(order, log=Log())
        applied = engine.apply(later) if planned.has_changes else Applied(status=PhaseStatus.FINISHED)
    recorded = {
        "plan": json.loads(planned.json or b"null"),
        "plan_log": _text(order.log),
        "plan_status": planned.status,
        "plan_counts": asdict(planned.counts),
        "has_changes": planned.has_changes,
        "apply_log": _text(later.log),
        "apply_status": applied.status,
        "apply_counts": asdict(applied.counts),
        "state": json.loads(applied.state) if applied.state else None,
    }
    return recorded, applied.state


def _text(log: Log) -> str:
    lines = log.read(0, 1 << 24).strip(STX + ETX).decode().splitlines(keepends=True)
    return "".join(lines[_OWN_LINES:])


if __name__ == "__main__":
    sys.exit(main())
