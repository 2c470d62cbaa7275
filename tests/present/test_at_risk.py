"""What is at risk is data: anyone can add to it, and a mistake in it is told by file and entry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.plans import change, explained, page_of, plan

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.present.plans.at_risk import AtRisk, packaged, read
from tfc_agent_tools.templates import AT_RISK, Templates, content_dir

PACKAGED = content_dir("prompts") / AT_RISK


def extended(folder: Path, text: str) -> AtRisk:
    (folder / AT_RISK).write_text(text)
    return read(Templates(folder).data_files(AT_RISK))


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("aws_db_instance", "database"),
        ("aws_rds_cluster_instance", "database"),
        ("azurerm_cosmosdb_sql_container", "database"),
        ("google_sql_database_instance", "database"),
        ("postgresql_database", "database"),
        ("aws_s3_bucket", "bucket"),
        ("aws_s3_bucket_policy", "IAM"),
        ("aws_s3_bucket_versioning", "bucket settings"),
        ("aws_efs_file_system", "volume"),
        ("kubernetes_persistent_volume_claim_v1", "volume"),
        ("aws_eks_cluster", "cluster"),
        ("aws_ecs_service", None),
        ("aws_iam_role", "IAM"),
        ("google_storage_bucket_iam_member", "IAM"),
        ("google_storage_bucket_notification", "bucket settings"),
        ("azurerm_role_assignment", "IAM"),
        ("cloudflare_record", "DNS"),
        ("aws_security_group_rule", "network rule"),
        ("vault_kv_secret_v2", "key or secret"),
        ("aws_sqs_queue", "queue"),
        ("aws_instance", None),
        ("terraform_data", None),
        ("", None),
    ],
)
def test_a_type_is_of_the_kind_with_the_longest_pattern(type_: str, kind: str | None) -> None:
    assert packaged().of(type_).kind == kind


def test_no_pattern_stands_twice_and_each_kind_says_what_is_at_stake() -> None:
    data = yaml.safe_load(PACKAGED.read_text())
    patterns = [pattern for kind in data["kinds"].values() for pattern in kind["types"]]
    assert len(patterns) == len(set(patterns))
    assert all(kind.get("holds_data") or kind.get("decides_access") for kind in data["kinds"].values())
    assert all(re.fullmatch(r"[a-z0-9_*]+", pattern) for pattern in patterns)


def test_every_packaged_phrase_reads_after_the_address() -> None:
    for name, rule in yaml.safe_load(PACKAGED.read_text())["weakened"].items():
        for phrase in (rule["says"], *rule.get("allows_all", {}).values()):
            assert phrase.split()[0] in VERBS, (name, phrase)


VERBS = set(
    "opens may routes can lets allows gives loses goes keeps is leaves no shows takes protects applies"  # noqa: SIM905
    " joins makes runs deletes reaches can't".split()
)


# A user's own


def test_a_users_file_adds_types_and_kinds(tmp_path: Path) -> None:
    own = extended(tmp_path, "kinds: {database: {types: [acme_db]}, turbine: {types: ['acme_*'], holds_data: true}}")
    assert own.of("acme_db").kind == "database"
    assert own.of("acme_db").holds_data
    assert own.of("acme_wheel").kind == "turbine"
    assert own.of("aws_db_instance").kind == "database"
    page = page_of(plan([change("acme_wheel.one", "destroy")]), at_risk=own)
    assert "Holds data:\n- acme_wheel.one (turbine): destroyed" in page


def test_a_users_file_takes_a_type_out_or_to_another_kind(tmp_path: Path) -> None:
    own = extended(tmp_path, "kinds: {none: {types: [aws_s3_object]}, toy: {types: [aws_db_instance]}}")
    assert own.of("aws_s3_object").kind is None
    assert own.of("aws_db_instance").kind == "toy"
    assert not own.of("aws_db_instance").holds_data


def test_a_users_file_adds_replaces_and_removes_weakenings(tmp_path: Path) -> None:
    own = extended(
        tmp_path,
        "weakened: {public-access: null, single-zone: {attribute: multi_az, becomes: false, says: has one leg},"
        " mine: {attribute: [speed.limit], shrinks: true, says: got slower}}",
    )
    before = {"publicly_accessible": False, "multi_az": True, "speed": [{"limit": 9}]}
    after = {"publicly_accessible": True, "multi_az": False, "speed": [{"limit": 8}]}
    document = plan([change("aws_db_instance.main", before=before, after=after)])
    assert explained(document, at_risk=own).listed[0].weakened == ("has one leg (multi_az)", "got slower (speed.limit)")


@pytest.mark.parametrize("text", ["", "{}", "kinds:", "# nothing\n", "kinds: {}\nweakened: {}"])
def test_a_users_file_may_say_nothing(text: str, tmp_path: Path) -> None:
    if text == "kinds:":
        with pytest.raises(ConfigurationError, match="kinds"):
            extended(tmp_path, text)
        return
    assert extended(tmp_path, text).of("aws_db_instance").kind == "database"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("kinds: [", "line 1"),
        ("kinds:\n  a: b\n c: d", "line 3"),
        ("kinds: {database: aws_db_instance}", "entry kinds.database"),
        ("kinds: {database: {type: [x]}}", "entry kinds.database.type"),
        ("kinds: {database: {types: x}}", "entry kinds.database.types"),
        ("kinds: {database: {types: [1]}}", "entry kinds.database.types.0"),
        ("kinds: {database: {holds_data: 1}}", "entry kinds.database.holds_data"),
        ("weakened: {mine: {attribute: a, says: b}}", "entry weakened.mine"),
        ("weakened: {mine: {attribute: a, says: b, becomes: 1, goes: true}}", "exactly one of"),
        ("weakened: {mine: {attribute: a, becomes: 1}}", "entry weakened.mine.says"),
        ('weakened: {mine: {attribute: a, becomes: 1, says: "two\\nlines"}}', "entry weakened.mine.says"),
        ("weaknesses: {}", "entry weaknesses"),
        ("- kinds", "entry"),
        ("!!python/object/apply:os.system [id]", "line 1"),
        ("\x00", "YAML"),
        ("[" * 1_500, ""),
    ],
)
def test_a_mistake_is_told_by_file_and_place_on_one_line(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        extended(tmp_path, text)
    assert str(tmp_path / AT_RISK) in str(caught.value)
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / AT_RISK).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read([tmp_path / AT_RISK])


def test_a_users_file_changes_the_digest_of_the_words(tmp_path: Path) -> None:
    before = Templates(tmp_path).digest
    (tmp_path / AT_RISK).write_text("kinds: {}")
    assert Templates(tmp_path).digest != before


# What a weakening is


def weakened(type_: str, before: Any, after: Any, **given: Any) -> tuple[str, ...]:
    act = "update" if before is not None else "create"
    (one,) = explained(plan([change(f"{type_}.x", act, before=before, after=after, **given)])).listed
    return one.weakened


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"cidr_blocks": ["0.0.0.0/0"]}, {"cidr_blocks": ["10.0.0.0/8"]}),
        ({"cidr_blocks": ["0.0.0.0/0"]}, {"cidr_blocks": ["0.0.0.0/0"], "description": "x"}),
        ({"cidr_blocks": ["10.0.0.0/8"], "type": "egress"}, {"cidr_blocks": ["0.0.0.0/0"], "type": "egress"}),
        ({"cidr_blocks": ["10.0.0.0/8"]}, {"cidr_blocks": ["10.1.0.0/16"]}),
        ({"cidr_blocks": []}, {"cidr_blocks": None}),
    ],
)
def test_a_rule_that_opens_nothing_new_is_not_weakened(before: Any, after: Any) -> None:
    assert weakened("aws_security_group_rule", before, after) == ()


def test_a_group_that_opens_one_more_port_is_weakened() -> None:
    web = {"from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"], "description": "web"}
    ssh = {**web, "from_port": 22, "to_port": 22}
    assert weakened("aws_security_group", {"ingress": [web]}, {"ingress": [{**web, "description": "w"}]}) == ()
    assert weakened("aws_security_group", {"ingress": [web]}, {"ingress": [web, ssh]}) == (
        "opens to the whole internet (ingress)",
    )
    assert weakened("aws_security_group", None, {"egress": [web], "ingress": []}) == ()


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_db_instance", {"deletion_protection": False}, {"deletion_protection": True}),
        ("aws_db_instance", {"deletion_protection": False}, {"deletion_protection": False, "a": 1}),
        ("aws_db_instance", None, {"deletion_protection": False, "multi_az": False, "skip_final_snapshot": True}),
        ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 14}),
        ("aws_db_instance", {"backup_retention_period": "7"}, {"backup_retention_period": True}),
        ("aws_db_instance", {"publicly_accessible": None}, {"publicly_accessible": "true"}),
        ("aws_instance", {"tags": {"acl": "private"}}, {"tags": {"acl": "public-read"}}),
        ("aws_iam_policy", {"policy": "{"}, {"policy": '{"Statement": 7}'}),
        ("aws_iam_policy", {"policy": None}, {"policy": '{"Statement": [{"Effect": "Deny", "Action": "*"}]}'}),
        ("aws_iam_policy", {"policy": None}, {"policy": "[" * 5_000}),
    ],
)
def test_a_change_that_takes_no_protection_away_is_not_weakened(type_: str, before: Any, after: Any) -> None:
    assert weakened(type_, before, after) == ()


def test_a_hidden_value_gives_no_phrase() -> None:
    before, after = {"policy": "{}"}, {"policy": '{"Statement": {"Effect": "Allow", "Action": "*"}}'}
    assert weakened("aws_iam_policy", before, after) == ("allows every action (policy)",)
    assert weakened("aws_iam_policy", before, after, marks={"policy": True}) == ()
    assert weakened("aws_db_instance", {"publicly_accessible": False}, {"publicly_accessible": True}, marks=True) == ()
