"""Documents without their secrets: first by what Terraform or the API marks, then by value wherever else it stands.

A mark does not follow its value: in a real state, 13 of 25 copies of a password had none. So every secret found under a
mark is looked for in the rest of the document, in all its `variants`, and so is what the toolkit knows (`known`). Last
come the looks of credentials and telling names.

What remains visible: a secret that has no mark anywhere in the document, is not known, and looks like nothing; a hash
of a secret; a part of one, other than a line; text that spells it in a way that `variants` does not list. So a
redacted document is fit to be shown to who may read the plan or state, and is no substitute for that permission.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.present.secrets.api_documents import masked_document
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object
from tfc_agent_tools.present.secrets.nesting import check_nesting
from tfc_agent_tools.present.secrets.state_file import masked_state_file
from tfc_agent_tools.present.secrets.terraform_documents import masked_outputs, masked_plan, masked_state
from tfc_agent_tools.present.untrusted import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tfc_agent_tools.present.secrets.masking import Masked

    Masker = Callable[[dict[str, Any]], Masked]
    Known = Iterable[object] | Scrubber

Result = TypeVar("Result")

_FORMATS: Final = re.compile(r"[01]\.[0-9]{1,9}")
_OF_PLANS: Final = frozenset({"planned_values", "resource_changes", "output_changes", "configuration", "applyable"})


@dataclass(frozen=True, slots=True)
class Redacted:
    """A document that can be shown. `hidden` counts its placeholders; the scrubber knows what it found to be secret."""

    data: Any
    scrubber: Scrubber = field(repr=False)
    hidden: int


def redact(data: Any, known: Known = ()) -> Redacted:
    """Redact a plan, a state, outputs or an API document, whichever it is.

    Args:
        data: Parsed JSON: `terraform show -json` of a plan or state, a state file, `terraform output -json`, JSON:API.
        known: Values that are secret besides what the document marks.

    Raises:
        Unreadable: It is none of these, or of a version that is not known.
    """
    members = mapping(data)
    if not is_object(data) or not members:
        raise Unreadable("document", "it is not a JSON object with something in it")
    if _are_outputs(members):
        return redact_outputs(data, known)
    if "format_version" in members:
        return (redact_plan if _OF_PLANS & members.keys() else redact_shown_state)(data, known)
    return (redact_state if "version" in members else redact_document)(data, known)


def redact_plan(plan: Any, known: Known = ()) -> Redacted:
    """Redact `terraform show -json` of a plan.

    Raises:
        Unreadable: Its format is not of version 0 or 1, or it is nested too deep.
    """
    return _redacted("plan", _checked_format("plan", plan), masked_plan, known)


def redact_shown_state(state: Any, known: Known = ()) -> Redacted:
    """Redact `terraform show -json` of a state.

    Raises:
        Unreadable: Its format is not of version 0 or 1, or it is nested too deep.
    """
    return _redacted("state", _checked_format("state", state), masked_state, known)


def redact_state(state: Any, known: Known = ()) -> Redacted:
    """Redact a state file.

    Raises:
        Unreadable: It is not of version 4, or it is nested too deep.
    """
    return _redacted("state", state, masked_state_file, known)


def redact_outputs(outputs: Any, known: Known = ()) -> Redacted:
    """Redact `terraform output -json`, or the API's document of a state version's outputs.

    Raises:
        Unreadable: It is nested too deep.
    """
    return _redacted("outputs", outputs, masked_document if _is_document(outputs) else masked_outputs, known)


def redact_document(document: Any, known: Known = ()) -> Redacted:
    """Redact a JSON:API document.

    Raises:
        Unreadable: It is none, or it is nested too deep.
    """
    if not _is_document(document):
        raise Unreadable("document", "it is no JSON:API document")
    return _redacted("document", document, masked_document, known)


def redact_log(text: str, scrubber: Scrubber) -> str:
    """A log without what the scrubber knows. It is cleaned first: an invisible character could part a secret in two."""
    return scrubber.text(clean(text, len(text)))


def plan_secrets(plan: Any) -> tuple[object, ...]:
    """The secret values that a plan's marks and its configuration give away.

    Raises:
        Unreadable: As `redact_plan`.
    """
    return _masked("plan", _checked_format("plan", plan), masked_plan).secrets


def _checked_format(what: str, data: Any) -> Any:
    version = mapping(data).get("format_version")
    if not isinstance(version, str) or not _FORMATS.fullmatch(version):
        raise Unreadable(what, "its format is not of version 0 or 1, the only ones whose marks are known")
    return data


def _are_outputs(members: Mapping[str, Any]) -> bool:
    """Whether these are named outputs. An output can have any name, `data` and `version` too."""
    return all({"value", "sensitive"} <= mapping(output).keys() for output in members.values())


def _is_document(data: Any) -> bool:
    members = mapping(data)
    primary = members.get("data")
    resources = primary if is_array(primary) else [] if primary is None else [primary]
    return is_array(members.get("errors")) or (
        "data" in members and all({"type", "id"} <= mapping(resource).keys() for resource in resources)
    )


def _redacted(what: str, data: Any, masker: Masker, known: Known) -> Redacted:
    masked = _masked(what, data, masker)
    scrubber = known.and_also(masked.secrets) if isinstance(known, Scrubber) else Scrubber([*known, *masked.secrets])
    walk = scrubber.walk()
    shown = _within_depth(what, lambda: walk.frame(masked.document))
    return Redacted(shown, scrubber, walk.hidden)


def _masked(what: str, data: Any, masker: Masker) -> Masked:
    if not is_object(data):
        raise Unreadable(what, "it is not a JSON object")
    check_nesting(data, what)
    return _within_depth(what, lambda: masker(data))


def _within_depth(what: str, work: Callable[[], Result]) -> Result:
    """What the work returns. A caller may be deep in calls of its own, so that even `DEEPEST` levels are too many."""
    try:
        return work()
    except RecursionError:
        pass
    raise Unreadable(what, "it is nested too deep")
