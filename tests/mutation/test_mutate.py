"""That a changed guard is noticed, and that a change which no test can notice is shown as such."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MUTATE = Path(__file__).with_name("mutate.py")
MODULE = "authority/rules/tristate.py"
TEXT = (MUTATE.parents[2] / "tfc_agent_tools" / MODULE).read_text(encoding="utf-8")


@pytest.mark.timeout(120)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="each mutant is a fork")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("    return YES if holds else NO", "2 mutants, 0 not noticed, 0 of them new"),
        ("    YES = 2", f"known line {{at}}: {MODULE} Tri: 2 -> 3\n1 mutants, 1 not noticed, 0 of them new"),
    ],
    ids=["noticed", "known"],
)
def test_what_a_test_notices_is_told_from_what_none_can(line: str, said: str) -> None:
    at = TEXT.splitlines().index(line) + 1
    words = [sys.executable, str(MUTATE), f"{MODULE}:{at}", "--", "tests/authority/rules/test_decisions.py"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == (said.format(at=at), 0), done.stderr
