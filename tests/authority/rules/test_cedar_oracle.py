"""The engine against Cedar, over random policies and calls: no difference, and never laxer where facts are unknown.

`TFC_ORACLE_PAIRS=10000` asks for more of them.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest

pytest.importorskip("cedarpy", reason="the extra `cedar` is not installed")

from support.cedar_oracle import STRICTEST, Oracle
from support.random_policies import DOMAINS, random_call, random_policy

from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import PolicyDocument, Rule
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.facts import UNKNOWN

PAIRS = int(os.environ.get("TFC_ORACLE_PAIRS", "500"))
CALLS = 5
"""For each policy."""
UNNAMED = {"variables", "targets", "replaces", "debugging", "config_generation", "terraform_version"}


def reads(rule: Rule) -> list[str]:
    """The fields that a rule reads, each as often as a condition does."""
    stated = [*rule.where.model_dump(exclude_none=True), *rule.when.model_dump(exclude_none=True)]
    found = ["tags" if name in {"without_tags", "require_tag"} else name for name in stated]
    return found + (sorted(UNNAMED - {*stated}) if rule.effect == "allow" else [])


def all_reads(document: PolicyDocument) -> Counter[str]:
    """The facts on which the decision hangs, and how often each is read."""
    read = Counter(name for rule in document.rules for name in reads(rule) if name in DOMAINS)
    read.update(["organization"] if document.organizations else [])
    read.update(["workspace"] if document.protected.workspaces else [])
    read.update(["addresses"] if document.protected.addresses else [])
    return read


def is_exact(document: PolicyDocument, target: Target) -> bool:
    """Whether nothing unknown is read twice: then conditions can't hang together, and the strictest is exact."""
    read, unknown = all_reads(document), [name for name in DOMAINS if getattr(target, name) is UNKNOWN]
    return "impacts" not in unknown and all(read[name] <= 1 for name in unknown)


def some_of(rng: Random, document: PolicyDocument, most: int) -> list[str]:
    """One or more fields, of those on which the decision hangs and what the call does."""
    read = sorted({*all_reads(document), "impacts"})
    return rng.sample(read, min(len(read), rng.randint(1, most)))


def compared(seed: int, calls: int, unknown: int) -> tuple[Counter[str], list[str]]:
    """What one random policy says to some random calls, and every difference."""
    rng = Random(seed)  # noqa: S311
    document = random_policy(rng)
    engine, oracle = RulePolicy(document, "digest"), Oracle(document)
    effects, differences = Counter[str](), list[str]()
    for _ in range(calls):
        question, target = random_call(rng, some_of(rng, document, unknown) if unknown else [])
        ours, theirs = str(engine.decide_on(question, target).effect), oracle.effect(question, target)
        is_laxer = STRICTEST.index(ours) > STRICTEST.index(theirs)
        exact = is_exact(document, target)
        effects.update([ours, *(["exact"] if exact else []), *(["stricter"] if ours != theirs else [])])
        if is_laxer or (exact and ours != theirs):
            differences.append(f"seed {seed}: {ours}, Cedar {theirs}: {question} {target}\n{oracle.text}")
    return effects, differences


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("unknown", "share"), [(0, 0.6), (2, 0.4)], ids=["known", "unknown"])
def test_the_engine_decides_as_cedar_does(unknown: int, share: float, capsys: pytest.CaptureFixture[str]) -> None:
    total, differences = Counter[str](), list[str]()
    for seed in range(round(PAIRS * share) // CALLS):
        effects, found = compared(seed, CALLS, unknown)
        total += effects
        differences += found
    with capsys.disabled():
        print(f"\nCedar oracle, {unknown} facts unknown: {len(differences)} differences; {dict(total)}")  # noqa: T201
    assert not differences, "\n\n".join(differences[:3])
    assert all(total[effect] for effect in STRICTEST)
