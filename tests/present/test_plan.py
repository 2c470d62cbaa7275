"""A plan's explanation agrees with Terraform, holds no secret, and has one digest."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.plans import all_texts, change, explained, file_of, hidden_among, page_of, plan

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.present.plan import PlanExplanation, Tier, explain, explained_by_counts, explained_by_log
from tfc_agent_tools.present.plans.bounded_json import MOST_BYTES
from tfc_agent_tools.present.plans.explanation import Act, Danger

PLANS = Path(__file__).parents[1] / "plans"
INDEX = {scenario["name"]: scenario for scenario in json.loads((PLANS / "index.json").read_text())}
RECORDED = [name for name in INDEX if (PLANS / f"{name}.json").is_file()]
recorded = pytest.mark.parametrize("name", RECORDED)


def document(name: str) -> Any:
    return json.loads((PLANS / f"{name}.json").read_text())


def rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (PLANS / f"{name}.jsonlog.ndjson").read_text().splitlines()]


def read(name: str) -> PlanExplanation:
    with (PLANS / f"{name}.json").open("rb") as file:
        return explain(file)


def by_log(name: str) -> PlanExplanation:
    changes, version, outputs = [], None, {}
    for row in rows(name):
        if row["type"] == "planned_change":
            one = row["change"]
            previous = one.get("previous_resource", {}).get("addr")
            changes.append((one["resource"]["addr"], one["action"], one.get("reason"), previous))
        elif row["type"] == "version":
            version = row["terraform"]
        elif row["type"] == "outputs":
            outputs = {output: given["action"] for output, given in row["outputs"].items()}
    return explained_by_log(changes, terraform_version=version, is_errored=False, outputs=outputs)


# Against what Terraform itself says


@recorded
def test_the_numbers_are_those_of_terraforms_own_summary(name: str) -> None:
    said = next((row["changes"] for row in rows(name) if row["type"] == "change_summary"), None)
    explanation = read(name)
    if said:
        shown = (explanation.adds, explanation.changes, explanation.destroys, explanation.imports)
        assert shown == (said["add"], said["change"], said["remove"], said["import"])
    assert explanation.is_errored is INDEX[name]["errored"]
    assert explanation.is_applyable is INDEX[name]["applyable"]
    assert explanation.is_complete is INDEX[name]["complete"]


@recorded
def test_each_entry_is_counted_once_by_what_happens_to_it(name: str) -> None:
    counts = read(name).counts
    assert counts
    by_actions = {
        "create": counts.create,
        "update": counts.update,
        "delete+create": counts.destroy_first,
        "create+delete": counts.create_first,
        "delete": counts.destroy,
        "forget": counts.forget,
        "read": counts.read,
        "no-op": counts.no_op,
    }
    assert {actions: number for actions, number in by_actions.items() if number} == INDEX[name]["actions"]
    assert counts.replace == counts.destroy_first + counts.create_first


@recorded
def test_every_output_that_changes_is_named(name: str) -> None:
    said = {output: actions for output, actions in INDEX[name]["output_actions"].items() if actions != "no-op"}
    assert {output.name for output in read(name).outputs} == set(said)


@recorded
def test_the_log_gives_the_same_numbers_with_less_about_each(name: str) -> None:
    whole, log = read(name), by_log(name)
    assert (log.adds, log.changes, log.destroys) == (whole.adds, whole.changes, whole.destroys)
    assert {one.address for one in log.listed} == {one.address for one in whole.listed}
    assert log.digest != whole.digest
    assert log.imports is UNKNOWN


def test_causes_moves_imports_and_orders_are_told() -> None:
    replaced = read("04_replace").listed[0]
    assert (replaced.replaced_by, replaced.order) == (("triggers_replace",), "destroyed first")
    assert {one.order for one in read("10_create_before_destroy").listed if one.order} == {"new one first"}
    assert read("07_force_replace").listed[0].reason == "replace_by_request"
    assert read("08_moved_mixed").moved[0] == ("terraform_data.network", "terraform_data.vpc")
    assert read("13_import").imported == ("terraform_data.imported",)
    assert read("12_data_source_check_warn").checks[0].untrusted == ("expected more than 5 subnets",)
    assert read("03_update_vars").listed[0].attributes == ("input.password", "output")


# Secrets


@recorded
def test_no_planted_secret_is_in_any_text(name: str) -> None:
    plan = document(name)
    declared = plan.get("configuration", {}).get("root_module", {}).get("variables", {})
    secret = {plan["variables"][one]["value"] for one, said in declared.items() if said.get("sensitive")}
    text = all_texts(read(name))
    assert not [one for one in secret if one in text]


SECRET = 's3cr3t-"pa55'
WHERE_A_SECRET_CAN_STAND: dict[str, Any] = {
    "address": plan([change(f"aws_instance.web[{json.dumps(SECRET)}]", "destroy")]),
    "attribute": plan([change("aws_instance.web", before={"tags": {}}, after={"tags": {SECRET: 1}})]),
    "moved": plan([change("aws_instance.web", previous_address=f"aws_instance.{SECRET}")]),
    "output": plan(
        output_changes={SECRET: {"actions": ["create"], "before_sensitive": False, "after_sensitive": False}}
    ),
    "check": plan(
        checks=[
            {"address": {"to_display": "check.a"}, "status": "fail", "instances": [{"problems": [{"message": SECRET}]}]}
        ]
    ),
    "module": plan([change("aws_instance.web", module_address=f"module.{SECRET}")]),
    "provider": plan([change("aws_instance.web", provider=f"host/{SECRET}/aws")]),
    "type": plan([change(f"{SECRET}.web", "destroy")]),
    "drift": plan(resource_drift=[change(f"aws_instance.{SECRET}")]),
    "action": plan(action_invocations=[{"address": f"action.x.{SECRET}"}]),
    "import": plan([change(f"aws_instance.{SECRET}", inside={"importing": {"id": "x"}})]),
}
HOLDS = change(
    "aws_db_instance.main", before={"password": SECRET}, after={"password": SECRET}, marks={"password": True}
)


@pytest.mark.parametrize("where", WHERE_A_SECRET_CAN_STAND)
def test_a_marked_value_is_taken_out_of_every_name(where: str) -> None:
    holding = WHERE_A_SECRET_CAN_STAND[where]
    assert "s3cr3t" in all_texts(explained(holding))
    document = {**holding, "resource_changes": [*holding["resource_changes"], HOLDS]}
    assert "s3cr3t" not in all_texts(explained(document))
    assert "s3cr3t" not in all_texts(explained(holding, hide=[SECRET]))


@pytest.mark.parametrize(
    "declared",
    [{"sensitive": True}, {"ephemeral": True}, {"sensitive": True, "default": "other"}, None, {"sensitive": "what?"}],
)
def test_a_sensitive_variable_is_taken_out_and_one_that_nothing_declares_too(declared: Any) -> None:
    members = {"variables": {"db": {"value": SECRET}}}
    configuration = {"root_module": {"variables": {"db": declared} if declared else {}}}
    document = plan([change(f"aws_instance.{SECRET}")], configuration=configuration, **members)
    assert "s3cr3t" not in all_texts(explained(document))


def test_the_default_of_a_sensitive_variable_in_a_nested_module_is_taken_out() -> None:
    inner = {"variables": {"db": {"default": SECRET, "sensitive": True}}}
    calls = {"variables": {"module": {"module_calls": {"variables": {"module": inner}}}}}
    document = plan([change(f"aws_instance.{SECRET}")], configuration={"root_module": {"module_calls": calls}})
    assert "s3cr3t" not in all_texts(explained(document))


def test_without_marks_no_attribute_is_named_and_everything_is_secret() -> None:
    entry = change(f"aws_instance.{SECRET}", before={"a": SECRET}, after={"a": "b"})
    del entry["change"]["before_sensitive"]
    explanation = explained(plan([entry]))
    assert "s3cr3t" not in all_texts(explanation)
    assert explanation.listed[0].attributes == ()
    assert explanation.listed[0].is_hidden


def test_more_secrets_than_can_be_checked_are_refused() -> None:
    huge = [change(f"a_b.c{place}", before={"p": f"{place}" * 3_000_000}, marks={"p": True}) for place in range(10, 14)]
    with pytest.raises(Unreadable, match="more secret values"):
        explained(plan(huge))


# The digest

BASE = plan(
    [
        change("aws_db_instance.main", "replace", before={"size": 1}, after={"size": 2}),
        change(
            "aws_instance.web",
            before={"ami": "a", "password": "x"},
            after={"ami": "b", "password": "y"},
            marks={"password": True},
        ),
    ],
    output_changes={
        "o": {"actions": ["update"], "before": 1, "after": 2, "before_sensitive": False, "after_sensitive": False}
    },
    variables={"region": {"value": "eu"}},
    configuration={"root_module": {"variables": {"region": {}}}},
    resource_drift=[change("aws_instance.web", before={"ami": "0"}, after={"ami": "a"})],
    timestamp="2026-01-01T00:00:00Z",
    relevant_attributes=[1, 2],
)


def changed(*path: Any, to: Any) -> Any:
    document: Any = copy.deepcopy(BASE)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return document


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("timestamp",), "2027-01-01T00:00:00Z"),
        (("relevant_attributes",), [2, 1]),
        (("resource_changes",), BASE["resource_changes"][::-1]),
        (("planned_values",), {"root_module": {"resources": []}}),
        (("resource_changes", 1, "change", "before", "password"), "another"),
        (("resource_changes", 1, "change", "after", "password"), "another"),
    ],
)
def test_the_digest_does_not_depend_on_order_time_or_sensitive_values(path: Any, to: Any) -> None:
    assert explained(changed(*path, to=to)).digest == explained(BASE).digest


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("terraform_version",), "1.11.5"),
        (("errored",), True),
        (("complete",), False),
        (("variables", "region", "value"), "us"),
        (("resource_changes", 0, "address"), "aws_db_instance.other"),
        (("resource_changes", 0, "deposed"), "abc"),
        (("resource_changes", 0, "provider_name"), "registry.terraform.io/evilcorp/aws"),
        (("resource_changes", 0, "previous_address"), "aws_db_instance.old"),
        (("resource_changes", 0, "change", "actions"), ["create", "delete"]),
        (("resource_changes", 0, "change", "after", "size"), 3),
        (("resource_changes", 0, "change", "replace_paths"), [["size"]]),
        (("resource_changes", 0, "change", "importing"), {"id": "x"}),
        (("resource_changes", 0, "change", "after_unknown"), {"arn": True}),
        (("resource_changes", 1, "change", "after_sensitive"), {}),
        (("output_changes", "o", "after"), 3),
        (("resource_drift", 0, "change", "after", "ami"), "z"),
        (("resource_changes",), BASE["resource_changes"][:1]),
        (("resource_changes",), BASE["resource_changes"] * 2),
    ],
)
def test_the_digest_changes_with_all_that_is_planned(path: Any, to: Any) -> None:
    assert explained(changed(*path, to=to)).digest != explained(BASE).digest


def test_the_digest_is_the_same_in_every_process() -> None:
    assert explained(BASE).digest == "306b7387cd66037d6be6bfb410335432e95d73c3c536de2dc14736ad2d8b32bc"


# Forms and tiers


def test_the_redacted_form_is_known_by_its_keys() -> None:
    redacted = {
        name: value
        for name, value in BASE.items()
        if name not in {"format_version", "terraform_version", "variables", "configuration"}
    }
    explanation = explained({"plan_format_version": "1.2", "provider_schemas": {}, **redacted})
    assert explanation.tier is Tier.REDACTED
    assert explanation.terraform_version is None
    assert (explanation.adds, explanation.destroys) == (1, 1)
    assert "Rests on the redacted plan JSON" in page_of({"plan_format_version": "1.2", **redacted})


def test_the_tier_is_in_the_digest() -> None:
    assert explained(BASE, tier=Tier.REDACTED).digest != explained(BASE).digest


def test_of_counts_alone_only_the_numbers_are_known() -> None:
    explanation = explained_by_counts(3, UNKNOWN, 1, 0)
    assert (explanation.counts, explanation.changes) == (None, UNKNOWN)
    text = all_texts(explanation)
    assert "3 to add, unknown to change, 1 to destroy" in text
    assert "Which resources change is not known" in text


def test_a_log_row_with_an_unknown_action_is_refused() -> None:
    with pytest.raises(Unreadable, match="action"):
        explained_by_log([("a_b.c", "explode", None, None)], terraform_version=None, is_errored=False)


def test_a_log_knows_kinds_modules_and_what_holds_data() -> None:
    row = ('module.a["x.y"].aws_db_instance.main[0]', "replace", "cannot_update", None)
    explanation = explained_by_log(
        [row], terraform_version="1.11.4", is_errored=True, drifted=[("aws_vpc.a", "update")]
    )
    (one,) = explanation.listed
    assert (one.kind, one.danger, one.module, one.order) == ("database", Danger.LOSES_DATA, 'module.a["x.y"]', None)
    assert "does not say which attributes change" in all_texts(explanation)
    assert explanation.drifted[0].address == "aws_vpc.a"


@pytest.mark.parametrize("actions", [["create", "forget"], ["forget", "create"]])
def test_a_replacement_that_keeps_the_old_one_destroys_nothing(actions: list[str]) -> None:
    explanation = explained(plan([change("aws_db_instance.main", "replace", inside={"actions": actions})]))
    assert (explanation.adds, explanation.destroys) == (1, 0)
    assert "the old one is left running" in all_texts(explanation)


def test_data_resources_are_read_and_never_added_or_destroyed() -> None:
    entries = [
        change("data.aws_ami.a", "read", mode="data", type="aws_ami"),
        change("data.aws_ami.b", "destroy", mode="data", type="aws_ami"),
    ]
    explanation = explained(plan(entries))
    assert explanation.counts
    assert (explanation.counts.read, explanation.destroys, explanation.listed) == (1, 0, ())


def test_an_empty_plan_changes_nothing() -> None:
    document = plan()
    del document["resource_changes"]
    assert explained(document).changes_anything is False
    assert page_of(document).startswith("Changes nothing.\n")


def test_deferred_changes_and_invoked_actions_are_told() -> None:
    deferred = [{"reason": "provider_config_unknown", "resource_change": change("aws_vpc.later", "create")}]
    invoked = [
        {"address": "action.aws_lambda_invoke.warm", "config_values": {"k": "v"}, "config_sensitive": {"k": True}}
    ]
    page = page_of(plan(deferred_changes=deferred, action_invocations=invoked, complete=False))
    assert "1 deferred to a later plan" in page
    assert "action.aws_lambda_invoke.warm" in page


def test_a_number_beyond_all_floats_is_read() -> None:
    text = json.dumps(plan([change("aws_vpc.a", after={"n": 7})])).replace(": 7", ": 123456789012345678901234567890")
    other = text.replace("7890}", "7891}")
    assert explained(text).changes == 1
    assert explained(text).digest != explained(other).digest


def test_the_source_is_read_from_its_start_and_left_open() -> None:
    file = file_of(BASE)
    file.seek(0, 2)
    assert explain(file).adds == 1
    assert not file.closed


# As data for code


@settings(deadline=None, max_examples=8)
@example(600, "\U0001f600")
@given(st.integers(0, 600), st.sampled_from(["x", "é", "\U0001f600"]))
def test_the_json_data_is_bounded_and_counts_what_it_leaves_out(number: int, letter: str) -> None:
    entries = [
        change(
            f'aws_db_instance.main["{letter * 150}{place}"]',
            "replace",
            inside={"replace_paths": [[letter * 70 + str(n)] for n in range(9)]},
        )
        for place in range(number)
    ]
    explanation = explained(plan(entries))
    data = explanation.to_json()
    assert len(json.dumps(data)) <= MOST_BYTES
    assert json.loads(json.dumps(data)) == data
    assert len(data["listed"]) + data["left_out"].get("listed", 0) == len(explanation.listed)


def test_the_json_data_holds_names_and_no_values() -> None:
    data = explained(BASE).to_json()
    assert data["tier"] == Tier.FULL
    assert data["listed"][0]["act"] == Act.REPLACE
    assert data["listed"][1]["attributes"] == ["ami", "password"]


def test_the_most_dangerous_are_kept_whatever_the_order() -> None:
    entries = [change(f"aws_instance.w{place}", "destroy") for place in range(400)]
    entries += [change(f"aws_db_instance.d{place}", "destroy") for place in range(5)]
    one, other = explained(hidden_among(entries)), explained(hidden_among(entries[::-1]))
    assert one == other
    assert [change.kind for change in one.listed[:6]] == ["database"] * 5 + [None]
