"""What results cost a model, in o200k tokens against the raw document as the server sends it, without white space.

Token counts are the same on every machine, so these run always; `pytest -s` prints the figures.
"""

from __future__ import annotations

import json
import random
import statistics
import string
import warnings
from functools import cache
from typing import Any

from support.samples import answers, parsed

from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.present.compact import present


@cache
def encoding() -> Any:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # it reads its data in an old way
        import bpe_openai

    return bpe_openai.get_encoding("o200k_base")


def tokens(text: str) -> int:
    return len(encoding().encode(text))


def ratio(tool: str, answer: Any) -> float:
    content = present(catalog()[tool].shape, parsed(answer), tool).content
    return tokens(content) / tokens(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))


def identifier(kind: str, chance: random.Random) -> str:
    return f"{kind}-{''.join(chance.choices(string.ascii_letters + string.digits, k=16))}"


def twenty_workspaces() -> Any:
    """The sample workspace twenty times, as different as the workspaces of an organization with four teams are."""
    sample = next(answer for tool, answer in answers() if tool == "list_workspaces")
    chance = random.Random(7)  # noqa: S311 - the same ids each time
    projects, pool = [identifier("prj", chance) for _ in range(4)], identifier("apool", chance)
    return {**sample, "data": [workspace(sample["data"][0], chance, place, projects, pool) for place in range(20)]}


def workspace(sample: Any, chance: random.Random, place: int, projects: list[str], pool: str) -> Any:
    made = json.loads(json.dumps(sample))
    made["id"] = identifier("ws", chance)
    stage, service = ("production", "staging", "test")[place % 3], ("billing", "network", "search", "shop")[place % 4]
    made["attributes"] |= {
        "name": f"{service}-{stage}-{place}",
        "auto-apply": stage == "test",
        "execution-mode": ("agent", "remote")[place % 2],
        "terraform-version": f"1.{place % 3 + 9}.4",
        "global-remote-state": service == "network",
        "resource-count": chance.randrange(400),
        "locked": place % 5 == 0,
        "latest-change-at": f"2026-11-{place + 1:02}T{chance.randrange(24):02}:22:49.{chance.randrange(1000):03}Z",
        "description": f"The {stage} {service}, run by team {place % 4}" if place % 2 else None,
        "tag-names": [stage, service] if place % 2 else [],
    }
    for relationship in made["relationships"].values():
        if isinstance(data := relationship.get("data"), dict) and data["type"] != "organizations":
            data["id"] = identifier(data["id"].partition("-")[0], chance)
    made["relationships"]["project"]["data"]["id"] = projects[place % 4]
    made["relationships"]["agent-pool"]["data"] = None if place % 2 else {"type": "agent-pools", "id": pool}
    made["relationships"]["locked-by"]["data"] = made["relationships"]["locked-by"]["data"] if place % 5 == 0 else None
    return made


def test_twenty_workspaces_cost_at_most_15_percent_of_the_raw_document() -> None:
    found = ratio("list_workspaces", twenty_workspaces())
    print(f"\nlist_workspaces of 20: {found:.1%} (bar 15 %)")  # noqa: T201
    assert found <= 0.15


def test_a_result_costs_at_most_a_quarter_of_the_raw_document_at_the_median_over_all_tools() -> None:
    by_tool: dict[str, list[float]] = {}
    for tool, answer in answers():
        by_tool.setdefault(tool, []).append(ratio(tool, answer))
    found = {tool: statistics.mean(ratios) for tool, ratios in by_tool.items()}
    for tool, share in sorted(found.items(), key=lambda row: row[1]):
        print(f"\n{tool:45} {share:.0%}", end="")  # noqa: T201
    print(f"\nmedian of {len(found)} tools: {statistics.median(found.values()):.1%} (bar 25 %)")  # noqa: T201
    assert len(found) >= 40
    assert statistics.median(found.values()) <= 0.25
    assert max(found.values()) < 0.5
