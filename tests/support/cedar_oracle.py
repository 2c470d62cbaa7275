"""A second opinion on a policy: its rules by Cedar, what stands around them by a plain rewrite of the documentation."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import cedarpy

from support.random_policies import AMOUNTS, DOMAINS, FLAGS, PLACES
from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.cedar import to_cedar
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.facts import UNKNOWN

STRICTEST = ("deny", "ask", "allow")
BY_NAME = {"organizations.delete", "team-access.create", "outputs.read-values"}
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata")
SETS = ("resource_types", "targets", "replaces", "variables")
_TYPES = {
    **dict.fromkeys(SETS, "Set<String>"),
    **dict.fromkeys(("tags", "tag_keys"), "Set<String>"),
    **dict.fromkeys((*PLACES, "config_source", "branch", "terraform_version", "plan_tier"), "String"),
    **dict.fromkeys(FLAGS, "Bool"),
    **dict.fromkeys(AMOUNTS, "Long"),
}
_ZONES = ", ".join(f'"{zone}"?: {{minute: Long, weekday: Long}}' for zone in dict.fromkeys((*ZONES, "UTC")))
SCHEMA = f"""
entity A; entity R;
action call appliesTo {{ principal: A, resource: R, context: {{
  agent: String, action: String, is_read: Bool, after_untrusted_text: Bool, impacts: Set<String>, fits: Set<String>,
  local: {{{_ZONES}}}, {", ".join(f"{name}?: {kind}" for name, kind in _TYPES.items())}
}} }};
"""


class Oracle:
    """One policy, compiled to Cedar once."""

    def __init__(self, document: PolicyDocument) -> None:
        self.document, self.text = document, to_cedar(document)
        self._policies = cedarpy.PolicySet.from_str(self.text)
        self._effects = {rule.id: rule.effect for rule in document.rules} | {
            "organizations": "deny",
            "kill_switch": "deny",
        }

    def effect(self, question: Question, target: Target) -> str:
        """The strictest decision over every value that the unknown facts could have."""
        unknown = [name for name in DOMAINS if getattr(target, name) is UNKNOWN]
        every = product(*(DOMAINS[name] for name in unknown))
        found = {self._known(question, replace(target, **dict(zip(unknown, one, strict=True)))) for one in every}
        return min(found, key=STRICTEST.index)

    def _known(self, question: Question, target: Target) -> str:
        agent = self.document.agents.get(question.agent)
        if agent is None or question.requester not in agent.on_behalf_of:
            return "deny"
        level = _level(agent.access, target.action)
        if level == "off":
            return "deny"
        ids = self.ids(question, target)
        found = {self._effects[one] for one in ids if not one.endswith("?")}
        decided = _decided(found, level, target)
        if any(one.endswith("?") for one in ids):
            decided = min(decided, _decided(found | {"ask"}, level, target), key=STRICTEST.index)
        return "ask" if decided == "allow" and self._is_protected(target) else decided

    def ids(self, question: Question, target: Target) -> set[str]:
        """The ids of the policies that hold; where one forbids, Cedar names only those that do."""
        context = self.context(question, target)
        request = {"principal": 'A::"a"', "action": 'Action::"call"', "resource": 'R::"r"', "context": context}
        answer = cedarpy.is_authorized(request, self._policies, [])
        assert not answer.diagnostics.errors, (answer.diagnostics.errors, self.text)
        assert answer.decision is not cedarpy.Decision.NoDecision, self.text
        return set(answer.diagnostics.id_annotations_by_reason.values())

    def _is_protected(self, target: Target) -> bool:
        protected = self.document.protected
        names = {target.workspace} if target.workspace else set[Any]()
        return not target.is_read and (
            any(is_like(name, protected.workspaces or ()) for name in names)
            or any(is_like(name, protected.addresses or ()) for name in target.addresses or ())
        )

    def context(self, question: Question, target: Target) -> dict[str, Any]:
        """Everything in lower case; what there is not is left out."""
        values = {name: _lowered(value) for name in DOMAINS if (value := getattr(target, name)) is not None}
        if target.tags is not None:
            values["tag_keys"] = sorted({tag.split("=")[0] for tag in values["tags"]})
        return values | {
            "agent": question.agent.casefold(),
            "action": target.action,
            "is_read": target.is_read,
            "after_untrusted_text": target.after_untrusted_text,
            "fits": sorted(self._fits(values)),
            "local": {zone: _local(target, zone) for zone in (*ZONES, "UTC")},
        }

    def _fits(self, values: dict[str, Any]) -> set[str]:
        found = set[str]()
        for rule in self.document.rules:
            where, when = rule.where, rule.when
            tags = [*(where.tags or ()), *(where.without_tags or ()), *(where.require_tag or ())]
            lists = [("tags" if "=" in tag else "tag_keys", (tag,)) for tag in tags]
            lists += [(name, globs) for name in SETS if (globs := getattr(when, name))]
            for name, globs in lists:
                hits = [is_like(one, globs) for one in values.get(name, ())]
                found |= {f"any {name}: {', '.join(globs)}"} if any(hits) else set()
                found |= {f"all {name}: {', '.join(globs)}"} if all(hits) else set()
        return found


def is_like(name: str, globs: tuple[str, ...]) -> bool:
    """Whether a name fits a glob, found without a regular expression."""
    return any(_is_like(name.casefold(), glob.casefold()) for glob in globs)


def _is_like(name: str, glob: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(_is_like(name[start:], glob[1:]) for start in range(len(name) + 1))
    return name[:1] == glob[0] and _is_like(name[1:], glob[1:])


def _lowered(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(one).casefold() for one in value)
    return value.casefold() if isinstance(value, str) else value


def _local(target: Target, zone: str) -> dict[str, int]:
    there = target.moment.astimezone(ZoneInfo(zone))
    return {"minute": there.hour * 60 + there.minute, "weekday": there.weekday()}


def _level(access: Any, action: str) -> str | None:
    for key in (action, action.split(".", maxsplit=1)[0], "*"):
        if key in access:
            return access[key]
    return None


def _decided(effects: set[str], level: str | None, target: Target) -> str:
    return min(effects, key=STRICTEST.index) if effects else _by_level(level, target)


def _by_level(level: str | None, target: Target) -> str:
    if level is None or target.action in BY_NAME:
        return "deny"
    if target.is_read:
        return "allow"
    does = {str(one) for one in target.impacts}
    if "grants" in does or level == "read":
        return "deny"
    return "deny" if level == "write" and does & {"destroys", "rewrites state"} else "ask"
