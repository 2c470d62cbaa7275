"""Random policies and targets out of small vocabularies, so that rules often match and often miss by one thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact, Risk

ACTIONS = {
    "runs.create": 4,
    "runs.apply": 4,
    "runs.read": 1,
    "workspaces.update": 3,
    "organizations.delete": 1,
    "team-access.create": 1,
    "outputs.read-values": 1,
}
"""Action → how often it is asked for."""
READS = ("read", "read-values")
ODD = 'Sta"ge\\é[1]?\n'
TAGS = ("env=prod", "env=stage", "Legacy")
FLAGS = ("plan_only", "auto_apply", "is_destroy", "refresh_only", "debugging", "config_generation")
AMOUNTS = ("destroys", "changes", "adds", "imports", "downstream")
PLACES = ("organization", "project", "workspace")


def _subsets(words: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(some) for size in range(len(words) + 1) for some in combinations(words, size)]


_TYPES = _subsets(("aws_db", "AWS_iam", ODD))
DOMAINS: dict[str, list[Any]] = {
    **{place: ["Acme", "acme-labs", ODD] for place in PLACES},
    "tags": [*_subsets(TAGS), None],
    **{flag: [True, False, None] for flag in FLAGS},
    **{amount: [0, 1, 5, None] for amount in AMOUNTS},
    **{name: [*_TYPES, None] for name in ("resource_types", "targets", "replaces", "variables")},
    "addresses": [*_TYPES, None],
    **{name: ["Acme", "acme-labs", ODD, None] for name in ("config_source", "branch")},
    "terraform_version": ["1.9.0", "1.10.0", "", None],
    "plan_tier": ["counts", "log", "redacted", "full", None],
    "impacts": [frozenset({one}) for one in Impact] + [frozenset[Impact]()],
}
"""Every value that a field can have. For each condition below at least one meets it and one does not."""
_NAMES = [["acme"], ["ACME*"], ["*-labs"], ["a*m*"], ["*"], ["acme", "*[1]?*"], [ODD], ['st*"*\\*']]
_KINDS = [["aws_db"], ["aws_*"], ["aws_db", "aws_iam"], ["*"], [ODD, "*_iam"], ["AWS_IAM"]]
_TAG_LISTS = [["env=prod"], ["env"], ["env=*"], ["legacy"], ["E*"], ["env=prod", "legacy"], ["*=st*", "*"]]
CHOICES: dict[str, list[Any]] = {
    **dict.fromkeys((*PLACES, "config_source", "branch"), _NAMES),
    **dict.fromkeys(("tags", "without_tags", "require_tag"), _TAG_LISTS),
    **{flag: [True, False] for flag in FLAGS},
    **{amount: [{"at_most": 0}, {"at_least": 1}, {"at_least": 1, "at_most": 3}, {"at_most": 2}] for amount in AMOUNTS},
    **dict.fromkeys(("resource_types", "targets", "replaces", "variables"), _KINDS),
    "terraform_version": [["1.9.0"], ["1.9.*", "0.*"], ["1.1*"]],
    "plan_tier": ["log", "redacted", "full"],
    "hours": ["08:00-18:00 Europe/Berlin", "22:30-06:00 UTC", "00:00-12:00 Asia/Kolkata"],
    "days": ["mon-fri", "sat,sun", "fri-mon"],
    "after_untrusted_text": [True, False],
}
IN_WHERE = {*PLACES, "tags", "without_tags", "require_tag"}


def random_policy(rng: Random) -> PolicyDocument:
    """Two agents, one to eight rules, and now and then what stands around the rules."""
    levels = ["off", "read", "write", "full"]
    access = {
        key: rng.choice(levels[rng.random() < 0.9 :]) for key in ("*", "runs", "runs.apply") if rng.random() < 0.5
    }
    given: dict[str, Any] = {
        "version": 1,
        "agents": {
            "Deployer": {"on_behalf_of": ["ana", "ben"], "access": access},
            "reporter": {"on_behalf_of": "ana", "access": {"*": "read"}},
        },
        "rules": [_rule(rng, number) for number in range(rng.randint(1, 8))],
    }
    if rng.random() < 0.15:
        given["organizations"] = rng.choice([["acme*"], ["acme"]])
    if rng.random() < 0.4:
        given["protected"] = rng.choice([{"workspaces": ["acme"]}, {"addresses": ["aws_*"]}])
    return PolicyDocument.model_validate(given)


def _rule(rng: Random, number: int) -> dict[str, Any]:
    names = rng.sample(sorted(CHOICES), rng.choices([0, 1, 2, 3], [1, 6, 3, 1])[0])
    stated = {name: rng.choice(CHOICES[name]) for name in names}
    if "hours" in stated and rng.random() < 0.5:
        stated["days"] = rng.choice(CHOICES["days"])
    actions = rng.choice([["*"], ["runs.*"], ["*.create", "runs.read"], rng.sample(sorted(ACTIONS), 3)])
    return {
        "id": f"rule-{number}",
        "effect": rng.choices(["deny", "ask", "allow"], [1, 3, 6])[0],
        "agents": rng.choice([["*"], ["*"], ["deployer"], ["DEP*"], ["reporter"]]),
        "actions": actions,
        "where": {name: value for name, value in stated.items() if name in IN_WHERE},
        "when": {name: value for name, value in stated.items() if name not in IN_WHERE},
        **rng.choice([{}, {"why": ODD}]),
    }


def random_call(rng: Random, unknown: Sequence[str] = (), action: str = "") -> tuple[Question, Target]:
    """A question and its target, of which these fields were not read."""
    action = action or rng.choices(list(ACTIONS), [*ACTIONS.values()])[0]
    values = {name: rng.choice(_usual(name, rng)) for name in DOMAINS} | dict.fromkeys(unknown, UNKNOWN)
    is_read = action.partition(".")[2] in READS
    is_after = rng.random() < 0.3
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
        minutes=rng.randrange(365 * 48) * 30, seconds=rng.choice([0, 0, 59])
    )
    target = Target(action=action, is_read=is_read, moment=moment, after_untrusted_text=is_after, **values)
    question = Question(
        agent=rng.choices(["Deployer", "reporter", "ghost"], [28, 3, 1])[0],
        tool="tool",
        action=action,
        risk=Risk.READ if is_read else Risk.WRITE,
        requester=rng.choices(["ana", "eve", None], [20, 1, 1])[0],
        after_untrusted_text=is_after,
    )
    return question, target


def _usual(name: str, rng: Random) -> list[Any]:
    """What an allow rule must name is mostly not asked for; places are mostly there."""
    if name in {"variables", "targets", "replaces"} and rng.random() < 0.8:
        return [frozenset(), None]
    if name in {"debugging", "config_generation", "terraform_version"} and rng.random() < 0.8:
        return [None]
    return [*DOMAINS[name], None] if name in PLACES and rng.random() < 0.2 else DOMAINS[name]
