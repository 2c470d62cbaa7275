"""Twenty and more changes that no reviewer may miss, each as a plan builds it and as the page has to say it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from support.plans import Json, change


@dataclass(frozen=True, slots=True)
class BadChange:
    """`says` are texts that the page must hold, on one line with `address` where there is one."""

    name: str
    says: tuple[str, ...]
    changes: tuple[Json, ...] = ()
    address: str = ""
    members: dict[str, Any] = field(default_factory=dict[str, Any])


def bad(name: str, address: str, act: str, *says: str, **given: Any) -> BadChange:
    """One bad change to one resource."""
    return BadChange(name, says, (change(address, act, **given),), address)


def allowed(action: str, resource: str = "arn:aws:s3:::one/*") -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


def rule(*cidrs: str, port: int = 443) -> Json:
    return {"type": "ingress", "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": [*cidrs]}


def output(before: Any, after: Any, *, was_sensitive: bool, is_sensitive: bool) -> Json:
    marks = {"before_sensitive": was_sensitive, "after_sensitive": is_sensitive}
    return {"actions": ["update"], "before": before, "after": after, "after_unknown": False, **marks}


CHECK: Json = {
    "address": {"kind": "check", "name": "health", "to_display": "check.health"},
    "status": "fail",
    "instances": [
        {"address": {"to_display": "check.health"}, "status": "fail", "problems": [{"message": "no answer"}]}
    ],
}
DRIFTED = change("aws_security_group.web", before={"ingress": []}, after={"ingress": [rule("0.0.0.0/0", port=22)]})
FORCED: Json = {"action_reason": "replace_because_cannot_update"}

BAD_CHANGES = [
    bad(
        "a database is replaced",
        "module.data.aws_db_instance.main",
        "replace",
        "(database): replaced, destroyed first, because identifier changed",
        before={"identifier": "a"},
        after={"identifier": "b"},
        inside={"replace_paths": [["identifier"]]},
        **FORCED,
    ),
    bad(
        "a security rule opens to the world",
        "aws_security_group_rule.ssh",
        "update",
        "(network rule)",
        "opens to the whole internet",
        before=rule("10.0.0.0/8", port=22),
        after=rule("10.0.0.0/8", "0.0.0.0/0", port=22),
    ),
    bad(
        "a rule that is open already opens another port",
        "aws_vpc_security_group_ingress_rule.web",
        "update",
        "opens to the whole internet",
        before={"cidr_ipv4": "0.0.0.0/0", "from_port": 443, "to_port": 443},
        after={"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 443},
    ),
    bad(
        "a new rule is open to the world",
        'aws_security_group_rule.extra["v6"]',
        "create",
        "created; opens to the whole internet",
        after=rule() | {"ipv6_cidr_blocks": ["::/0"]},
    ),
    bad(
        "a bucket is moved and then destroyed",
        "aws_s3_bucket.archive",
        "destroy",
        "(bucket): destroyed, because its resource block is gone",
        "moved from aws_s3_bucket.logs",
        previous_address="aws_s3_bucket.logs",
        action_reason="delete_because_no_resource_config",
    ),
    bad(
        "deletion protection goes off",
        "aws_rds_cluster.orders",
        "update",
        "may be destroyed from now on (deletion_protection)",
        before={"deletion_protection": True},
        after={"deletion_protection": False},
    ),
    bad(
        "a bucket becomes public by its ACL",
        "aws_s3_bucket_acl.site",
        "update",
        "can be read by anyone (acl)",
        before={"acl": "private"},
        after={"acl": "public-read"},
    ),
    bad(
        "the guard against public buckets goes off",
        "aws_s3_bucket_public_access_block.site",
        "update",
        "may be made public from now on (block_public_policy)",
        before={"block_public_policy": True, "block_public_acls": True},
        after={"block_public_policy": False, "block_public_acls": True},
    ),
    bad(
        "an IAM policy is widened",
        "aws_iam_policy.ci",
        "update",
        "(IAM)",
        "allows every action (policy)",
        before={"policy": allowed("s3:GetObject")},
        after={"policy": allowed("*")},
    ),
    bad(
        "a role can be assumed by anyone",
        "aws_iam_role.deploy",
        "update",
        "lets anyone in (assume_role_policy)",
        before={"assume_role_policy": json.dumps({"Statement": []})},
        after={
            "assume_role_policy": json.dumps(
                {"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "x"}}
            )
        },
    ),
    bad(
        "an administrator's policy is attached",
        "aws_iam_role_policy_attachment.ci",
        "create",
        "gives an administrator's rights (policy_arn)",
        after={"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    bad(
        "an encryption key is destroyed",
        "aws_kms_key.orders",
        "destroy",
        "(key or secret): destroyed, because its key is no longer in for_each",
        action_reason="delete_because_each_key",
    ),
    bad(
        "a DNS record is destroyed",
        "aws_route53_record.www",
        "destroy",
        "(DNS): destroyed, because its index is beyond the count",
        action_reason="delete_because_count_index",
    ),
    bad(
        "a cluster is replaced for its version",
        "google_container_cluster.prod",
        "replace",
        "(cluster): replaced, destroyed first, because min_master_version, node_config.image_type changed",
        inside={"replace_paths": [["min_master_version"], ["node_config", 0, "image_type"]]},
        **FORCED,
    ),
    bad(
        "a volume is replaced, the new one first",
        "aws_ebs_volume.data",
        "replace new first",
        "(volume): replaced, new one first, because availability_zone changed",
        inside={"replace_paths": [["availability_zone"]]},
        **FORCED,
    ),
    bad(
        "a database is forgotten",
        "azurerm_postgresql_flexible_server.main",
        "forget",
        "(database): forgotten (it stays, and Terraform no longer manages it)",
        action_reason="delete_because_no_resource_config",
    ),
    bad(
        "an imported table is destroyed at once",
        "aws_dynamodb_table.sessions",
        "replace",
        "(database): imported, then replaced, destroyed first",
        inside={"importing": {"id": "sessions"}, "replace_paths": [["hash_key"]]},
        **FORCED,
    ),
    bad(
        "a leftover of a replaced volume is destroyed",
        "aws_efs_file_system.home",
        "destroy",
        "(volume): a leftover of an earlier replacement (deposed 00a1b2c3) is destroyed",
        deposed="00a1b2c3",
    ),
    bad(
        "a provider comes from somewhere else",
        "aws_iam_access_key.ci",
        "update",
        "evilcorp/aws is another provider of the same name",
        provider="registry.terraform.io/evilcorp/aws",
        before={"status": "Active"},
        after={"status": "Inactive"},
    ),
    bad(
        "a subnet is destroyed since its key was renamed",
        'aws_subnet.private["eu-west-1a"]',
        "destroy",
        "(network): destroyed, because its key is no longer in for_each",
        action_reason="delete_because_each_key",
    ),
    bad(
        "backups are switched off",
        "aws_db_instance.main",
        "update",
        "is no longer backed up (backup_retention_period)",
        before={"backup_retention_period": 14},
        after={"backup_retention_period": 0},
    ),
    bad(
        "encryption is switched off",
        "aws_elasticache_replication_group.cache",
        "update",
        "is less encrypted than before (transit_encryption_enabled)",
        before={"transit_encryption_enabled": True},
        after={"transit_encryption_enabled": False},
    ),
    bad(
        "a database goes with its module",
        "module.billing[0].aws_rds_cluster.main",
        "destroy",
        "(database): destroyed, because its module call is gone",
        action_reason="delete_because_no_module",
        module_address="module.billing[0]",
    ),
    bad(
        "a database can be reached from outside",
        "aws_db_instance.reports",
        "update",
        "can be reached from the internet (publicly_accessible)",
        before={"publicly_accessible": False},
        after={"publicly_accessible": True},
    ),
    bad(
        "versioning of a bucket is suspended",
        "aws_s3_bucket_versioning.logs",
        "update",
        "keeps no earlier versions from now on (versioning_configuration.status)",
        before={"versioning_configuration": [{"status": "Enabled"}]},
        after={"versioning_configuration": [{"status": "Suspended"}]},
    ),
    bad(
        "the last snapshot is skipped and destroying made easy",
        "google_storage_bucket.raw",
        "update",
        "may be destroyed with all that is in it (force_destroy)",
        before={"force_destroy": False},
        after={"force_destroy": True},
    ),
    bad(
        "a key turns tainted",
        "tls_private_key.ca",
        "replace",
        "(key or secret): replaced, destroyed first, because it is tainted",
        action_reason="replace_because_tainted",
    ),
    bad(
        "a project is opened to all users",
        "google_project_iam_member.viewer",
        "create",
        "lets anyone in (member)",
        after={"member": "allUsers", "role": "roles/viewer"},
    ),
    bad(
        "what a policy allows is not known yet",
        "aws_iam_role_policy.app",
        "update",
        "gets a value that is not known yet (policy)",
        before={"policy": allowed("s3:GetObject")},
        unknown={"policy": True},
    ),
    bad(
        "a hidden value of a secret changes",
        "aws_secretsmanager_secret_version.db",
        "update",
        "(key or secret): updated: secret_string; a hidden value changes too",
        before={"secret_string": "old-s3cr3t"},
        after={"secret_string": "new-s3cr3t"},
        marks={"secret_string": True},
    ),
    BadChange(
        "an output is no longer sensitive",
        ("db_password: NO LONGER SENSITIVE",),
        members={"output_changes": {"db_password": output("a", "a", was_sensitive=True, is_sensitive=False)}},
    ),
    BadChange(
        "a check fails",
        ("- check.health fails", '  [untrusted: message of the check] "no answer"'),
        members={"checks": [CHECK]},
    ),
    BadChange(
        "a plan that failed on something protected",
        ("THIS PLAN FAILED. It can't be applied", "aws_db_instance.main (database): replaced"),
        (change("aws_db_instance.main", "replace"),),
        members={"errored": True, "applyable": False, "complete": False},
    ),
    BadChange(
        "someone opened a group by hand",
        (
            "Changed outside of Terraform:",
            "aws_security_group.web (network rule): changed: ingress; opens to the whole",
        ),
        members={"resource_drift": [DRIFTED]},
    ),
    BadChange("only a part is planned", ("Not complete: it is limited",), members={"complete": False}),
]
