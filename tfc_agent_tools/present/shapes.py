"""The shapes of answers: for each kind of resource the fields that an agent needs.

A field that is not listed is never shown, so a new attribute of the API can't leak. URLs are on no list. What is left
out is the same for every answer of a kind; the artifact holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The fields of one kind of answer, by their documented names."""

    attributes: Sequence[str] = ()
    """Facts. `a.b` is `b` of the object `a`, or of each object in the list `a`."""
    relationships: Sequence[str] = ()
    """Shown as ids, with which other tools can be called."""
    counted: Sequence[str] = ()
    """Relationships to many whose ids no tool takes: shown as a number."""
    quoted: Sequence[str] = ()
    """Attributes in which people outside can write what they like."""
    singly: Sequence[str] = ()
    """Fields of the above that the rows of a list leave out, which the list says."""
    withheld: Sequence[str] = ()
    """Attributes that never leave this process. The answer says so, or a model would go on looking for them."""
    accepted: str | None = None
    """For answers without a body: what was taken on, and how to follow it."""


SHAPES: Final[Mapping[str, Shape]] = {
    "workspaces": Shape(
        attributes=_names(
            "name locked execution-mode auto-apply auto-apply-run-trigger allow-destroy-plan global-remote-state "
            "terraform-version resource-count vcs-repo-identifier auto-destroy-at auto-destroy-activity-duration "
            "latest-change-at"
        ),
        relationships=_names(
            "organization project current-run current-configuration-version current-state-version locked-by agent-pool"
        ),
        quoted=_names("description tag-names locked-reason working-directory trigger-patterns"),
        singly=_names(
            "auto-apply-run-trigger allow-destroy-plan global-remote-state auto-destroy-activity-duration "
            "current-configuration-version agent-pool working-directory trigger-patterns"
        ),
    ),
    "runs": Shape(
        attributes=_names(
            "status actions has-changes is-destroy plan-only auto-apply refresh-only save-plan target-addrs "
            "replace-addrs source trigger-reason created-at"
        ),
        relationships=_names("workspace plan apply configuration-version created-by"),
        counted=_names("policy-checks task-stages"),
        quoted=_names("message"),
    ),
    "plans": Shape(
        attributes=_names(
            "status has-changes resource-additions resource-changes resource-destructions resource-imports "
            "generated-configuration"
        ),
    ),
    "applies": Shape(
        attributes=_names("status resource-additions resource-changes resource-destructions resource-imports"),
        relationships=_names("state-versions"),
    ),
    "state-versions": Shape(
        attributes=_names(
            "serial status intermediate size terraform-version resources-processed vcs-commit-sha created-at"
        ),
        relationships=_names("workspace run created-by"),
        counted=_names("outputs"),
    ),
    "vars": Shape(
        attributes=_names("key category hcl sensitive"),
        relationships=_names("configurable"),
        quoted=_names("description"),
        withheld=_names("value"),
    ),
    "notification-configurations": Shape(
        attributes=_names("enabled destination-type triggers delivery-responses.code"),
        relationships=_names("subscribable users"),
        quoted=_names("name"),
        withheld=_names("url token"),
    ),
    "configuration-versions": Shape(
        attributes=_names("status source speculative provisional auto-queue-runs error"),
        relationships=_names("ingress-attributes"),
        quoted=_names("error-message"),
    ),
    "ingress-attributes": Shape(
        attributes=_names("identifier branch commit-sha is-pull-request pull-request-number on-default-branch tag"),
        relationships=_names("created-by"),
        quoted=_names("commit-message pull-request-title sender-username"),
    ),
    "projects": Shape(
        attributes=_names("workspace-count team-count default-execution-mode auto-destroy-activity-duration"),
        relationships=_names("organization default-agent-pool"),
        quoted=_names("name description"),
    ),
    "organizations": Shape(
        attributes=_names(
            "created-at plan-identifier default-execution-mode collaborator-auth-policy cost-estimation-enabled "
            "assessments-enforced allow-force-delete-workspaces speculative-plan-management-enabled "
            "aggregated-commit-status-enabled send-passing-statuses-for-untriggered-speculative-plans"
        ),
        relationships=_names("default-project default-agent-pool"),
    ),
    "teams": Shape(
        attributes=_names("name visibility users-count organization-access allow-member-token-management"),
        relationships=_names("organization users"),
    ),
    "json-plan": Shape(accepted="its plan is not there yet; read it again later"),
    "state-file-ref": Shape(accepted="uploaded; it is the workspace's state once its status is `finalized`"),
    "variable-gone": Shape(accepted="the variable is deleted; runs from now on go without it"),
    "notification-gone": Shape(accepted="deleted; it sends nothing any more"),
    "workspace-deleted": Shape(accepted="the workspace is deleted"),
    "deleted": Shape(accepted="deleted"),
    "run-ref": Shape(accepted="accepted, not done yet; `watch_run` follows it"),
    "configuration-version-ref": Shape(accepted="uploaded; it can be used in a run when its status is `uploaded`"),
}


def shape_of(name: str | None, kind: str) -> Shape:
    """The shape of a resource: that of its type where an answer holds another type than the one it was asked for.

    Args:
        name: A key of `SHAPES`; without one nothing but type and id is shown.
        kind: The resource's own type.
    """
    named = SHAPES.get(name or "", Shape())
    return SHAPES.get(kind, named) if name else named
