"""SIGKILL at every point of a write's life: no write without its intent, none sent twice, and a chain that holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

LAB: Final = Path(__file__).with_name("crash_lab.py")
ROUNDS: Final = int(os.environ.get("TFC_CRASH_ROUNDS", "1"))
"""20 in the long run."""


@pytest.mark.timeout(60 + 60 * ROUNDS)
def test_a_kill_at_any_point_leaves_no_write_without_intent_and_no_second_send() -> None:
    tests = str(LAB.parents[1])
    done = subprocess.run(
        [sys.executable, str(LAB), str(ROUNDS)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(LAB.parents[2]), tests])},
    )
    for name, found in json.loads(done.stdout).items():
        print(f"{name}: {found}")  # noqa: T201 - shown by pytest -s
        assert found["wrong"] == []
        assert found["kills"] >= 20 * ROUNDS
        assert found["sent_before_the_kill"] >= 2 * ROUNDS, "no kill came after the send"
        assert found["refused_as_unknown"] >= ROUNDS, "a write of unknown outcome was not refused"
