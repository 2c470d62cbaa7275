"""The blast radius of a plan: what it would do to what, and why a person should look.

A plan of any size becomes a few hundred facts, read as a stream. Values are never among them: names of attributes, and
fixed phrases where a value that is not sensitive takes protection away (`prompts/at_risk.yaml`). What can't be read for
sure is not explained at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.plans import at_risk as risks
from tfc_agent_tools.present.plans import members
from tfc_agent_tools.present.plans.changes import entry, planned
from tfc_agent_tools.present.plans.cleaned import cleaned
from tfc_agent_tools.present.plans.digest import Digest
from tfc_agent_tools.present.plans.explanation import (
    Act,
    CheckResult,
    OutputChange,
    PlanExplanation,
    PlannedChange,
    Tier,
)
from tfc_agent_tools.present.plans.from_log import explained_by_counts, explained_by_log
from tfc_agent_tools.present.plans.names import text
from tfc_agent_tools.present.plans.secret_values import SecretValues
from tfc_agent_tools.present.plans.stream import Plan
from tfc_agent_tools.present.plans.tally import NAMES, Kept, Tally
from tfc_agent_tools.present.secrets.marks import ALL, masked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from tfc_agent_tools.present.plans.at_risk import AtRisk

__all__ = ["PlanExplanation", "Tier", "explain", "explained_by_counts", "explained_by_log"]

_CHECKS: Final = 30


def explain(
    source: BinaryIO, *, tier: Tier = Tier.FULL, hide: Iterable[str] = (), at_risk: AtRisk | None = None
) -> PlanExplanation:
    """Explain a plan as `terraform show -json` writes it, or HCP Terraform's redacted form of it.

    Args:
        source: A binary file that can be read again from its start, such as a spooled one. It is left open.
        tier: What the document is; one in the redacted form is `REDACTED` whatever is said here.
        hide: Secret values known from elsewhere, which are taken out of all names too.
        at_risk: What is at risk; the packaged rules if not given.

    Raises:
        Unreadable: The plan can't be explained for sure: it is cut short, too deep, of a format or with an action that
            this version does not know, or holds more secrets than can be checked. Nothing of it is in the message.
    """
    return _Explaining(source, tier, hide, at_risk or risks.packaged()).explanation()


class _Explaining:
    """One plan while it is read."""

    def __init__(self, source: BinaryIO, tier: Tier, hide: Iterable[str], at_risk: AtRisk) -> None:
        self._plan, self._at_risk = Plan(source), at_risk
        self._tier = members.tier_of(self._plan, tier)
        self._secrets = SecretValues(hide)
        self._digest = Digest(self._tier.value)
        self._tally = Tally()
        self._moved = list[tuple[str, str]]()
        self._imported = list[str]()

    def explanation(self) -> PlanExplanation:
        """Read all of it. Names are cleaned at the end, when all secrets are known."""
        version = members.terraform_version(self._plan, self._tier)
        flags = {name: members.flag(self._plan, name) for name in ("errored", "applyable", "complete")}
        self._digest.add("plan", (version, flags))
        self._digest.add("variables", members.variables(self._plan, self._secrets))
        outputs, checks = self._outputs(), self._checks()
        self._resources()
        drifted, drift = self._drift()
        invoked = self._invoked()
        counts = self._tally.counts(drifted=drifted, deferred=self._deferred())
        explanation = PlanExplanation(
            tier=self._tier,
            digest=self._digest.hex(),
            adds=counts.create + counts.replace,
            changes=counts.update,
            destroys=counts.destroy + counts.replace - counts.old_kept,
            imports=counts.import_,
            terraform_version=version,
            counts=counts,
            moved=tuple(sorted(self._moved)[:NAMES]),
            imported=tuple(sorted(self._imported)[:NAMES]),
            drifted=drift,
            outputs=tuple(outputs[:NAMES]),
            more_outputs=max(len(outputs) - NAMES, 0),
            checks=tuple(checks[:_CHECKS]),
            more_checks=max(len(checks) - _CHECKS, 0),
            invoked=tuple(invoked[:NAMES]),
            more_invoked=max(len(invoked) - NAMES, 0),
            is_errored=flags["errored"],
            is_applyable=flags["applyable"],
            is_complete=flags["complete"],
            **self._tally.touched(),
        )
        return cleaned(explanation, self._secrets.all)

    def _outputs(self) -> list[OutputChange]:
        changed = list[OutputChange]()
        for output, projection in members.outputs(self._plan, self._secrets):
            self._digest.add("output", projection)
            if output.act is not Act.NO_OP or output.is_revealed:
                changed.append(output)
        return sorted(changed, key=lambda output: (not output.is_revealed, output.name))

    def _checks(self) -> list[CheckResult]:
        failing = sorted(members.failing_checks(self._plan), key=lambda check: check.address)
        for check in failing:
            self._digest.add("check", (check.address, check.status))
        return failing

    def _resources(self) -> None:
        for raw in self._plan.entries("resource_changes"):
            one = entry(raw, self._secrets)
            self._digest.add("resource", one.projection)
            previous = one.previous_address
            self._tally.count(one.act, one.order, moves=previous is not None, is_imported=one.is_imported)
            if previous:
                self._moved.append((previous, one.address))
            if one.is_imported:
                self._imported.append(one.address)
            if one.act not in {Act.NO_OP, Act.READ}:
                change, changed = planned(one, self._at_risk)
                self._tally.add(change, one.provider, changed)

    def _drift(self) -> tuple[int, tuple[PlannedChange, ...]]:
        """What was changed outside of Terraform. An entry without a change only says that something moved."""
        number, kept = 0, Kept()
        for raw in self._plan.entries("resource_drift"):
            one = entry(raw, self._secrets)
            self._digest.add("drift", one.projection)
            if one.act is not Act.NO_OP:
                number += 1
                kept.add(planned(one, self._at_risk)[0])
        return number, kept.all()[:NAMES]

    def _deferred(self) -> int:
        number = 0
        for raw in self._plan.entries("deferred_changes"):
            number += 1
            one = entry(mapping(raw).get("resource_change"), self._secrets)
            self._digest.add("deferred", one.projection)
        return number

    def _invoked(self) -> list[str]:
        """Actions of providers, such as calling a function, that run beside the changes (Terraform 1.14)."""
        addresses = list[str]()
        for raw in map(mapping, self._plan.entries("action_invocations")):
            values = masked(raw.get("config_values"), raw.get("config_sensitive", ALL), self._secrets)
            addresses.append(text(raw.get("address"), "an address"))
            self._digest.add("action", (addresses[-1], values))
        return sorted(addresses)
