"""Of 64 processes that use one approval at the same moment, exactly one may send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

LAB: Final = Path(__file__).with_name("race_lab.py")
ROUNDS: Final = int(os.environ.get("TFC_RACE_ROUNDS", "3"))
"""200 in the long run."""


@pytest.mark.timeout(120 + 3 * ROUNDS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_64_processes_exactly_one_redeems_an_approval(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/store.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    done = subprocess.run(
        [sys.executable, str(LAB), url, str(ROUNDS)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(LAB.parents[2]), str(LAB.parents[1])])},
    )
    found = json.loads(done.stdout)
    print(f"\n{kind}: {found['rounds']} rounds, {sum(found['redeemed'])} redeemed")  # noqa: T201 - shown by pytest -s
    assert found["redeemed"] == [1] * ROUNDS
    assert found["questions"] == [1] * ROUNDS
    assert found["intents"] == ROUNDS
    assert found["intact"]
