"""Places that are not there: globs and tags of a policy that fit none of the workspaces there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.rules.compiled import compiled
from tfc_agent_tools.authority.rules.document import Rule, Where
from tfc_agent_tools.authority.rules.findings import Finding, warning
from tfc_agent_tools.authority.rules.lint_names import near
from tfc_agent_tools.authority.rules.tristate import Tri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfc_agent_tools.authority.rules.coverage import Seen
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import PolicyDocument

_WORDS: Final = {
    "organization": "no workspace is in an organization {!r}",
    "project": "no workspace is in a project {!r}",
    "workspace": "no workspace is called {!r}",
    "tags": "no workspace has the tag {!r}",
    "require_tag": "no workspace has the tag {!r}",
    "without_tags": "no workspace has the tag {!r}",
}


def places(policy: RulePolicy, workspaces: Sequence[Seen]) -> Iterator[Finding]:
    """Each name and tag that fits nothing. What could not be read may be anything."""
    document = policy.document
    for rule in document.rules:
        for key in _WORDS:
            yield from _fitting(rule.id, key, getattr(rule.where, key) or (), document, workspaces)
    yield from _fitting("protected", "workspace", document.protected.workspaces or (), document, workspaces)


def _fitting(
    where: str, key: str, globs: Sequence[str], document: PolicyDocument, workspaces: Sequence[Seen]
) -> Iterator[Finding]:
    for glob in globs:
        name = "tags" if key == "without_tags" else key
        rule = Rule(id="it", effect="deny", actions=("*",), where=Where.model_validate({name: [glob]}))
        holds = compiled(rule, document).conditions[name]
        if all(holds(seen.target) is Tri.NO for seen in workspaces):
            text = f"{_WORDS[key].format(glob)}{near(glob, _there(key, workspaces))}; correct it or drop it"
            yield warning(where, text)


def _there(key: str, workspaces: Sequence[Seen]) -> set[str]:
    """What could have been meant."""
    if key in {"tags", "require_tag", "without_tags"}:
        return {tag for seen in workspaces for tag in seen.tags or ()}
    return {str(getattr(seen, key)) for seen in workspaces}
