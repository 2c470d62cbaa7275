"""Plans as providers make them: `terraform show -json` documents, built from one resource change at a time."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from tfc_agent_tools.present.plan import PlanExplanation, explain
from tfc_agent_tools.present.plans.words import line, page, summary
from tfc_agent_tools.templates import Templates

AWS = "registry.terraform.io/hashicorp/aws"
ACTIONS: dict[str, list[str]] = {
    "create": ["create"],
    "update": ["update"],
    "destroy": ["delete"],
    "replace": ["delete", "create"],
    "replace new first": ["create", "delete"],
    "forget": ["forget"],
    "no-op": ["no-op"],
    "read": ["read"],
}
Json = dict[str, Any]


def change(
    address: str,
    act: str = "update",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    marks: Any = None,
    unknown: Mapping[str, Any] | None = None,
    provider: str = AWS,
    mode: str = "managed",
    inside: Mapping[str, Any] | None = None,
    **members: Any,
) -> Json:
    """An entry of `resource_changes`. `marks` are both sides' sensitive marks; `inside` goes into its `change`."""
    type_ = address.rpartition("module.")[2].split(".")[1 if address.startswith("module.") else 0]
    had = {"id": "x-1", **(before or {})} if act not in {"create", "read"} else None
    gets = {**({"id": "x-1"} if act in {"update", "no-op"} else {}), **(after or {})}
    has = gets if act not in {"destroy", "forget"} else None
    inner = {"actions": ACTIONS[act], "before": had, "after": has, "after_unknown": unknown or {}}
    inner |= {
        "before_sensitive": had is not None and (marks or {}),
        "after_sensitive": has is not None and (marks or {}),
    }
    entry = {"address": address, "mode": mode, "type": type_, "name": "main", "provider_name": provider}
    return {**entry, "change": {**inner, **(inside or {})}, **members}


def harmless(number: int = 200) -> list[Json]:
    """Updates of tags and descriptions of ordinary resources, in a few modules."""
    types = ["aws_instance", "aws_lambda_function", "aws_cloudwatch_metric_alarm", "aws_launch_template"]
    return [
        change(
            f"module.app[{place % 5}].{types[place % 4]}.main[{place}]",
            before={"tags": {"Team": "a"}},
            after={"tags": {"Team": "b"}},
            module_address=f"module.app[{place % 5}]",
            index=place,
        )
        for place in range(number)
    ]


def plan(changes: Iterable[Json] = (), **members: Any) -> Json:
    """A whole plan document."""
    base = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}}}
    flags = {"applyable": True, "complete": True, "errored": False}
    return {**base, "resource_changes": list(changes), "configuration": {"root_module": {}}, **flags, **members}


def hidden_among(changes: Iterable[Json], number: int = 200, **members: Any) -> Json:
    """A plan in which these changes stand somewhere among harmless ones."""
    both = [*changes, *harmless(number)]
    random.Random(7).shuffle(both)  # noqa: S311 - the same order each time
    return plan(both, **members)


def file_of(document: Any) -> io.BytesIO:
    """The document as a file; text and bytes as they are."""
    if isinstance(document, bytes):
        return io.BytesIO(document)
    return io.BytesIO((document if isinstance(document, str) else json.dumps(document)).encode())


def explained(document: Any, **options: Any) -> PlanExplanation:
    """The explanation of a document."""
    return explain(file_of(document), **options)


def page_of(document: Any, **options: Any) -> str:
    """What the person reads."""
    return page(explained(document, **options), Templates().render)


def summary_of(document: Any, **options: Any) -> str:
    """What the model reads."""
    return summary(explained(document, **options), Templates().render)


def all_texts(explanation: PlanExplanation) -> str:
    """The line, the summary, the page and the JSON data, in one text."""
    render = Templates().render
    texts = [words(explanation, render) for words in (line, summary, page)]
    return "\n".join([*texts, json.dumps(explanation.to_json(), ensure_ascii=False)])


def write_large(file: IO[bytes], number: int = 20_000, parts: int = 7) -> None:
    """Write a plan of this many changes as compact JSON, about 8.4 KB for each: state, planned values and changes."""
    chosen = random.Random(1)  # noqa: S311 - the same plan each time

    def text(value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    def listed(values: Iterator[Any]) -> None:
        for place, value in enumerate(values):
            file.write((b"," if place else b"") + text(value))

    acts = [chosen.choice(["no-op", "update", "create", "replace", "destroy"]) for _ in range(number)]
    file.write(b'{"format_version":"1.2","terraform_version":"1.11.4","variables":{"db":{"value":"s3cr3t"}},')
    file.write(b'"planned_values":{"root_module":{"resources":[')
    listed(_state_of(place, parts) for place in range(number))
    file.write(b']}},"resource_changes":[')
    listed(_large_change(place, acts[place], parts) for place in range(number))
    file.write(b'],"output_changes":{},"prior_state":{"values":{"root_module":{"resources":[')
    listed(_state_of(place, parts) for place in range(number))
    file.write(b']}}},"configuration":{"root_module":{"variables":{"db":{"sensitive":true}}}},')
    file.write(b'"applyable":true,"complete":true,"errored":false}')


def _large_change(place: int, act: str, parts: int) -> Json:
    before, after = _instance(place, parts), _instance(place, parts)
    after["tags"]["Name"] = "renamed"
    module = f'module.app["{place % 50}"]'
    cause = {"replace_paths": [["ami"]]} if act == "replace" else {}
    entry = change(
        f"{module}.aws_instance.web[{place}]", act, marks={"password": True}, inside=cause, module_address=module
    )
    sides = {"before": before if act != "create" else None, "after": after if act != "destroy" else None}
    return {**entry, "index": place, "change": {**entry["change"], **sides}}


def _state_of(place: int, parts: int) -> Json:
    address = f'module.app["{place % 50}"].aws_instance.web[{place}]'
    known = {"address": address, "mode": "managed", "type": "aws_instance", "name": "web", "index": place}
    return {**known, "values": _instance(place, parts), "sensitive_values": {"password": True}}


def _instance(place: int, parts: int) -> Json:
    disk = {"volume_size": 100, "encrypted": True, "kms_key_id": "arn:aws:kms:x" * 3, "delete_on_termination": True}
    return {
        "id": f"i-{place:08x}",
        "arn": f"arn:aws:ec2:eu-west-1:123456789012:instance/i-{place:08x}",
        "tags": {"Name": f"web-{place}", "team": "platform"},
        "ebs_block_device": [{"device_name": f"/dev/sd{letter}", **disk} for letter in "abcdefghij"[:parts]],
        "user_data": "x" * 900,
        "password": f"s3cr3t-{place}",
        "list": [1, 2, 3, {"a": None}],
    }
