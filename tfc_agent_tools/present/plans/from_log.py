"""What can be explained of a plan without its JSON: from its structured log, or from the counts alone.

The log's rows are those of https://developer.hashicorp.com/terraform/internals/machine-readable-ui. They name what
changes and how; attributes, the cause of a replacement in full and its order are not in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.facts import UNKNOWN, Unknown
from tfc_agent_tools.present.plans import at_risk as risks
from tfc_agent_tools.present.plans.changes import danger_of
from tfc_agent_tools.present.plans.cleaned import cleaned
from tfc_agent_tools.present.plans.digest import Digest
from tfc_agent_tools.present.plans.explanation import Act, OutputChange, PlanExplanation, PlannedChange, Tier
from tfc_agent_tools.present.plans.names import module_in, text, type_in
from tfc_agent_tools.present.plans.tally import NAMES, Kept, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfc_agent_tools.present.plans.at_risk import AtRisk

Row = tuple[str, str, str | None, str | None]
"""Address, action in the log's words or a plan's, reason, previous address."""

_ACTS: Final = {
    "no-op": Act.NO_OP,
    "noop": Act.NO_OP,
    "create": Act.CREATE,
    "read": Act.READ,
    "update": Act.UPDATE,
    "replace": Act.REPLACE,
    "delete": Act.DESTROY,
    "move": Act.NO_OP,
    "import": Act.NO_OP,
    "forget": Act.FORGET,
    "remove": Act.FORGET,
}


def explained_by_log(
    rows: Iterable[Row],
    *,
    terraform_version: str | None,
    is_errored: bool,
    drifted: Iterable[tuple[str, str]] = (),
    outputs: Mapping[str, str] | None = None,
    imports: int | None = None,
    hide: Iterable[str] = (),
    at_risk: AtRisk | None = None,
) -> PlanExplanation:
    """Explain a plan from the rows of its log.

    Args:
        rows: `planned_change` rows.
        terraform_version: From the log's `version` row.
        is_errored: Whether the log ends in an error.
        drifted: `resource_drift` rows: address and action.
        outputs: Name and action of the `outputs` row.
        imports: From the `change_summary` row, since a row that imports and changes says only the latter.
        hide: Secret values, which are taken out of all names.
        at_risk: What is at risk; the packaged rules if not given.

    Raises:
        Unreadable: A row has an action that this version does not know.
    """
    known, tally, digest = at_risk or risks.packaged(), Tally(), Digest(Tier.LOG.value)
    moved: list[tuple[str, str]] = []
    for row in rows:
        digest.add("resource", row)
        change = _change(row, known)
        is_imported = row[1] == "import"
        tally.count(change.act, None, moves=bool(change.previous_address), is_imported=is_imported)
        if change.previous_address:
            moved.append((change.previous_address, change.address))
        if change.act not in {Act.NO_OP, Act.READ}:
            tally.add(change, "", ())
    number, drift = _drift(drifted, known, digest)
    shown_outputs = _outputs(outputs or {}, digest)
    digest.add("plan", (terraform_version, is_errored))
    counts = tally.counts(drifted=number)
    explanation = PlanExplanation(
        tier=Tier.LOG,
        digest=digest.hex(),
        adds=counts.create + counts.replace,
        changes=counts.update,
        destroys=counts.destroy + counts.replace,
        imports=UNKNOWN if imports is None else imports,
        terraform_version=terraform_version,
        counts=counts,
        moved=tuple(sorted(moved)[:NAMES]),
        drifted=drift,
        outputs=tuple(shown_outputs[:NAMES]),
        more_outputs=max(len(shown_outputs) - NAMES, 0),
        is_errored=is_errored,
        **tally.touched(),
    )
    return cleaned(explanation, list(hide))


def explained_by_counts(
    add: int | Unknown,
    change: int | Unknown,
    destroy: int | Unknown,
    import_: int | Unknown,
    *,
    is_errored: bool | None = None,
) -> PlanExplanation:
    """What is known of a plan of which only Terraform's summary is: how many, not which."""
    digest = Digest(Tier.COUNTS.value)
    digest.add("counts", [str(number) for number in (add, change, destroy, import_)])
    digest.add("plan", is_errored)
    return PlanExplanation(
        tier=Tier.COUNTS,
        digest=digest.hex(),
        adds=add,
        changes=change,
        destroys=destroy,
        imports=import_,
        is_errored=is_errored,
    )


def _change(row: Row, at_risk: AtRisk) -> PlannedChange:
    address, action, reason, previous = row
    act = _act(action)
    type_ = type_in(text(address, "an address")) or "unknown"
    risk = at_risk.of(type_)
    return PlannedChange(
        address=address,
        type=type_,
        act=act,
        danger=danger_of(act, risk, ()),
        kind=risk.kind,
        reason=reason or None,
        previous_address=text(previous, "an address") if previous and previous != address else None,
        module=module_in(address),
    )


def _act(action: str) -> Act:
    if action not in _ACTS:
        raise Unreadable("plan", "its log holds an action that this version does not know")
    return _ACTS[action]


def _drift(rows: Iterable[tuple[str, str]], at_risk: AtRisk, digest: Digest) -> tuple[int, tuple[PlannedChange, ...]]:
    number, kept = 0, Kept()
    for row in rows:
        digest.add("drift", row)
        change = _change((*row, None, None), at_risk)
        if change.act is not Act.NO_OP:
            number += 1
            kept.add(change)
    return number, kept.all()[:NAMES]


def _outputs(outputs: Mapping[str, str], digest: Digest) -> list[OutputChange]:
    found: list[OutputChange] = []
    for name, action in sorted(outputs.items()):
        digest.add("output", (name, action))
        if (act := _act(action)) is not Act.NO_OP:
            found.append(OutputChange(text(name, "an output"), act, is_sensitive=False))
    return found
