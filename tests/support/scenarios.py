"""Plans with secrets planted wherever one was ever seen, and the logs of their runs: what a server has to tell of them.

The recorded plans of `plans/`, and those that `plans.py` and `present/bad_changes.py` build. What is a secret and what
is a fact in each is told here by Terraform's documentation alone, without the code under test.
"""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from present.bad_changes import BAD_CHANGES

from support.leaks import encoded
from support.plans import Json, change, harmless, hidden_among, plan, write_large
from support.server import TOKEN
from tfc_agent_tools.sandbox.redaction import redacted_plan

PLANS = Path(__file__).parents[1] / "plans"
RESOLVED = 'res0lved by the "h0st" \\ é\n' + "a1b2c3d4" * 3
"""What the host holds under the name that `value_from` gives; it has the look of nothing."""
VARIABLE = 'pa55 "w0rd" <&>/+=é\nsec0nd-line-of-it {$x}\\n\n'
KEY = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAAB3NzaC1yc2E=\n-----END KEY-----\n"
DEFAULT, CONSTANT, EPHEMERAL, NUMBER = "d3fault-of-a-variable", "c0nstant-in-a-call", "eph3meral/0ne?", 90_817_263
OWN = frozenset({VARIABLE, KEY, DEFAULT, CONSTANT, EPHEMERAL, str(NUMBER)})
"""The secrets of a plan."""
GENERATED = "gener4ted-by-the-apply"
"""A secret that only the apply makes."""
KNOWN = frozenset({TOKEN, RESOLVED})
"""What the toolkit itself was given."""

_WORDS = {
    ("create",): "created",
    ("update",): "updated in-place",
    ("delete",): "destroyed",
    ("delete", "create"): "must be replaced",
    ("create", "delete"): "must be replaced",
    ("forget",): "",
}
_SOURCE = re.compile(r"(?:│ *)?( +\d+: |    [├│])")
_EVENTS = {"must be replaced": "replace", "created": "create", "updated in-place": "update", "destroyed": "delete"}


@dataclass(frozen=True)
class Scenario:
    """A run's plan and its logs, whole texts without the marks that HCP Terraform puts around a log."""

    name: str
    plan: Json
    plain_log: str
    structured_log: str
    has_generated: bool = False
    """Whether the apply makes a secret that the plan does not know."""

    @cached_property
    def secrets(self) -> frozenset[str]:
        """All that no output may hold."""
        return (
            OWN
            | KNOWN
            | {GENERATED}
            | _of_variables(self.plan)
            | {text for text in _marked_in(self.plan) if len(text) >= 6}
        )

    @cached_property
    def content(self) -> bytes:
        """The plan as `terraform show -json` writes it."""
        return json.dumps(self.plan).encode()

    @cached_property
    def redacted(self) -> bytes:
        """The plan as HCP Terraform gives it to who may not read secrets."""
        return redacted_plan(self.plan, {})

    @cached_property
    def changed(self) -> list[Json]:
        """The entries of managed resources that change."""
        return changed_in(self.plan)

    @cached_property
    def addresses(self) -> list[str]:
        """Theirs; that of something else where nothing changes."""
        return [entry["address"] for entry in self.changed] or ["terraform_data.none"]

    @property
    def blocks(self) -> list[str]:
        """The same without the keys of instances, of which a line names several."""
        return sorted({re.sub(r"\[[^\[]*\]$", "", entry["address"]) for entry in self.changed})

    @property
    def counts(self) -> tuple[int, int, int]:
        """Resources to add, to change, to destroy."""
        return counts_of(self.plan)

    @cached_property
    def outputs(self) -> dict[str, Json]:
        """The outputs that change."""
        given = self.plan.get("output_changes", {}).items()
        return {name: one for name, one in given if one["actions"] != ["no-op"]}

    def log(self, *, structured: bool) -> str:
        """The log of the plan."""
        return self.structured_log if structured else self.plain_log

    def lines(self, log: str, is_free: Callable[[str], bool]) -> list[str]:
        """What has to be shown of a log: lines and messages without a secret, but for the quoted source and values."""
        told = [json.loads(line)["@message"] if line.startswith('{"@') else line for line in log.splitlines()]
        return [line for line in told if is_free(line) and len(line) <= 500 and not _SOURCE.match(line)]

    def apply_log(self, *, structured: bool) -> str:
        """The log of an apply in which one resource fails and providers print what they know."""
        return "".join(_applied(self, structured=structured))


def changed_in(document: Json) -> list[Json]:
    """The entries of managed resources that change."""
    entries = document.get("resource_changes", [])
    return [
        one for one in entries if one["mode"] == "managed" and one["change"]["actions"] not in (["no-op"], ["read"])
    ]


def counts_of(document: Mapping[str, Any]) -> tuple[int, int, int]:
    """Resources to add, to change and to destroy, as Terraform's own summary counts them."""
    acts = Counter[str]()
    for entry in document.get("resource_changes") or []:
        actions = entry["change"]["actions"]
        if entry["mode"] == "managed":
            acts.update(dict.fromkeys(actions, 1))
    return acts["create"], acts["update"], acts["delete"]


def attributes_of(entry: Json) -> set[str]:
    """The names of the attributes that an update or a replacement changes, at the top level."""
    before, after = entry["change"]["before"] or {}, entry["change"]["after"] or {}
    unknown = entry["change"].get("after_unknown") or {}
    names = {
        name for name in {**before, **after} if (name in before, before.get(name)) != (name in after, after.get(name))
    }
    return {name for name in names if name in after or name not in unknown} | {
        n for n, is_so in unknown.items() if is_so is True
    }


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All of them."""
    recorded = sorted(
        path for path in PLANS.glob("[0-9][0-9]_*.json") if "resource_changes" in path.read_text() or "14_" in path.name
    )
    made = {
        "seeded bad changes": hidden_among((one for bad in BAD_CHANGES for one in bad.changes), number=10),
        "harmless": plan(harmless(30)),
        "data goes everywhere": plan(
            change(f"module.shop[{n % 3}].aws_db_instance.main[{n}]", "destroy") for n in range(20)
        ),
        "a large one": _large(),
        "a secret made by the apply": _generating(),
    }
    plans = {path.stem: json.loads(path.read_text()) for path in recorded if "state" not in path.name} | made
    return tuple(_scenario(name, document) for name, document in plans.items())


def _scenario(name: str, document: Json) -> Scenario:
    whole = planted(document)
    kept = (PLANS / f"{name}.log.txt", PLANS / f"{name}.jsonlog.ndjson")
    plain, structured = (path.read_text() if path.exists() else None for path in kept)
    noise = "".join(f"terraform_data.noise (local-exec): {line}\n" for line in _noise())
    events = "".join(_event(line, "log") for line in ("\n".join(_noise()), *_noise()))
    return Scenario(
        name=name,
        plan=whole,
        plain_log=noise + (plain or "".join(_planned_lines(whole))),
        structured_log=events + (structured or "".join(_planned_events(whole))),
        has_generated="by the apply" in name,
    )


def _noise() -> list[str]:
    """Lines in which a provider prints secrets in every form, and one line of what is none."""
    printed = [form for secret in sorted(OWN | KNOWN) for form in encoded(secret)]
    return [*(line for text in printed for line in f"it says {text}".splitlines()), "a line that is free of them"]


def planted(document: Json) -> Json:
    """The plan with secrets in its variables, its configuration, and every resource and output that changes."""
    whole = deepcopy(document)
    whole["variables"] = {**whole.get("variables", {}), **{name: {"value": value} for name, value in _GIVEN.items()}}
    root = whole.setdefault("configuration", {}).setdefault("root_module", {})
    root["variables"] = {**root.get("variables", {}), **deepcopy(_DECLARED)}
    call = {"expressions": {"key": {"constant_value": CONSTANT}}, "module": {"variables": {"key": {"sensitive": True}}}}
    root.setdefault("module_calls", {})["vault"] = call
    for entry in whole.get("resource_changes", []):
        _plant(entry["change"])
    whole.setdefault("planned_values", {}).setdefault("outputs", {})["planted"] = {"sensitive": True, "value": KEY}
    whole["prior_state"] = {"values": {"root_module": {"resources": [{"values": {"copies": _copies()}}]}}}
    problem = {"message": f"the key is {VARIABLE} or {TOKEN}, and {RESOLVED}"}
    where = {"to_display": "check.planted"}
    whole["checks"] = [
        {"address": where, "status": "fail", "instances": [{"address": where, "status": "fail", "problems": [problem]}]}
    ]
    return whole


_GIVEN = {"planted_text": VARIABLE, "planted_key": KEY, "planted_once": EPHEMERAL, "planted_number": NUMBER}
_DECLARED = {
    "planted_text": {"sensitive": True, "default": DEFAULT},
    "planted_key": {"sensitive": True},
    "planted_once": {"ephemeral": True},
    "planted_number": {"sensitive": True},
}


def _plant(inner: Json) -> None:
    """Put marked secrets and unmarked copies of them on both sides, so that nothing else changes by it."""
    for side in ("before", "after"):
        marks = inner.get(f"{side}_sensitive")
        if isinstance(inner.get(side), dict) and isinstance(marks, dict):
            inner[side] = {**inner[side], "vault": {"pin": NUMBER, "key": KEY}, "copies": _copies()}
            inner[f"{side}_sensitive"] = {**marks, "vault": {"pin": True, "key": True}}


def _copies() -> Json:
    return {
        "user_data": b64encode(f"#!/bin/sh\nexport P={VARIABLE}\n".encode()).decode(),
        "policy": json.dumps({"Statement": [{"p": VARIABLE, "k": KEY}]}),
        "url": f"https://x.example/?p={quote_plus(VARIABLE)}",
        "line": KEY.splitlines()[1],
        "given": [TOKEN, RESOLVED],
    }


def _large() -> Json:
    file = io.BytesIO()
    write_large(file, number=12, parts=1)
    document: Json = json.loads(file.getvalue())
    return document


def _generating() -> Json:
    """A plan of which the apply makes a secret: nobody knows it while it is planned."""
    unknown = {"made": True, "id": True}
    marks = {"before_sensitive": False, "after_sensitive": {"made": True}}
    return plan(
        [change("random_password.one", "create", unknown=unknown, inside=marks), change("aws_s3_bucket.two", "create")]
    )


def _of_variables(document: Json) -> frozenset[str]:
    """The values of the root module's secret variables."""
    declared = document["configuration"]["root_module"].get("variables", {})
    names = [name for name, one in declared.items() if one.get("sensitive") or one.get("ephemeral")]
    given = [document["variables"].get(name, {}).get("value") for name in names]
    return frozenset(
        str(one) for one in [*given, *(declared[name].get("default") for name in names)] if one is not None
    )


def _marked_in(document: Json) -> Iterator[str]:
    """Every text that Terraform marks in the changes."""
    entries = [*document.get("resource_changes", []), *document.get("resource_drift", [])]
    for inner in [*(one["change"] for one in entries), *document.get("output_changes", {}).values()]:
        for side in ("before", "after"):
            yield from _marked(inner.get(side), inner.get(f"{side}_sensitive", True))


def _marked(value: Any, marks: Any) -> Iterator[str]:
    if isinstance(marks, dict) and isinstance(value, dict):
        for name, mark in marks.items():
            yield from _marked(value.get(name), mark)
    elif isinstance(marks, list) and isinstance(value, list):
        for inner, mark in zip(value, marks, strict=True):
            yield from _marked(inner, mark)
    elif marks is True and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _marked(inner, marks)
    elif marks is True and isinstance(value, str):
        yield value


def _planned_lines(document: Json) -> Iterator[str]:
    yield "\nTerraform will perform the following actions:\n\n"
    for entry in document["resource_changes"]:
        word = _WORDS.get(tuple(entry["change"]["actions"]))
        if word and entry["mode"] == "managed":
            yield f"  # {entry['address']} {word if word.startswith('must') else f'will be {word}'}\n"
            yield f"      + input = {json.dumps(VARIABLE)}\n"
        elif word == "":
            yield f"  # {entry['address']} will no longer be managed by Terraform, but will not be destroyed\n"
    yield "\nPlan: {} to add, {} to change, {} to destroy.\n".format(*counts_of(document))


def _planned_events(document: Json) -> Iterator[str]:
    for entry in document["resource_changes"]:
        word = _WORDS.get(tuple(entry["change"]["actions"]))
        if word is not None and entry["mode"] == "managed":
            row = {"resource": {"addr": entry["address"]}, "action": _EVENTS.get(word, "remove")}
            yield _event(f"{entry['address']}: Plan to change", "planned_change", change=row)
    numbers = dict(zip(("add", "change", "remove"), counts_of(document), strict=True))
    said = "Plan: {add} to add, {change} to change, {remove} to destroy.".format(**numbers)
    yield _event(said, "change_summary", changes={**numbers, "import": 0, "operation": "plan"})


SUMMARY, PLACE = "creating the thing: it was refused", "main.tf line 16"


def _applied(scenario: Scenario, *, structured: bool) -> Iterator[str]:
    """Each change begins, a provider prints, the last one fails."""
    addresses = scenario.addresses
    printed = [*_noise(), *([f"made {GENERATED}"] if scenario.has_generated else [])]
    detail = f"the server said: {VARIABLE} {KEY}" + (GENERATED if scenario.has_generated else "")
    if structured:
        for address in addresses:
            yield _event(f"{address}: Creating...", "apply_start", hook={"resource": {"addr": address}})
        yield "".join(_event(line, "log") for line in printed)
        place = {"filename": "main.tf", "start": {"line": 16}}
        snippet = {"code": f"pin = {VARIABLE}", "values": [{"traversal": "var.k", "statement": f"is {KEY}"}]}
        told = {"severity": "error", "summary": SUMMARY, "detail": detail, "address": addresses[-1]}
        diagnostic = {**told, "range": place, "snippet": snippet}
        yield _event(f"Error: {SUMMARY}", "diagnostic", level="error", diagnostic=diagnostic)
    else:
        yield from (f"{address}: Creating...\n" for address in addresses)
        yield from (f"{addresses[-1]} (local-exec): {line}\n" for line in printed)
        where = f"  with {addresses[-1]},\n  on main.tf line 16, in resource:\n  16: pin = {json.dumps(VARIABLE)}\n"
        values = f"    ├────────────────\n    │ var.k is {json.dumps(KEY)}\n"
        box = f"Error: {SUMMARY}\n\n{where}{values}\n{detail}"
        yield "╷\n" + "".join(f"│ {line}\n" for line in box.split("\n")) + "╵\n"


def _event(message: str, kind: str, *, level: str = "info", **members: Any) -> str:
    event = {"@level": level, "@message": message, "@module": "terraform.ui", "type": kind, **members}
    return json.dumps(event, ensure_ascii=False) + "\n"
