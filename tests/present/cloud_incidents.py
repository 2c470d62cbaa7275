"""What goes wrong with AWS, Google, Azure and Kubernetes again and again, as plans that a reviewer reads too fast."""

from __future__ import annotations

import json
from typing import Any

from present.bad_changes import allowed, bad, rule

ANYONE = {"AWS": "*"}
GITHUB = {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
AUDIENCE = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}


def policy(principal: Any, **members: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "s3:*", **members}]})


def bindings(*members: str, role: str = "roles/viewer") -> str:
    return json.dumps({"bindings": [{"members": [*members], "role": role}]})


def replaced(name: str, address: str, by: str, *says: str) -> Any:
    inside = {"replace_paths": [[by]]}
    return bad(name, address, "replace", f"replaced, destroyed first, because {by} changed", *says, inside=inside)


INCIDENTS = [
    # data that goes
    replaced("an engine version", "aws_db_instance.main", "engine_version", "(database)"),
    replaced("a cluster's subnets", "aws_eks_cluster.main", "vpc_config", "(cluster)"),
    replaced("a table's key", "aws_dynamodb_table.orders", "hash_key", "(database)"),
    replaced("a cache's name", "aws_elasticache_replication_group.main", "replication_group_id", "(database)"),
    replaced("a search domain", "aws_opensearch_domain.main", "domain_name", "(database)"),
    replaced("a warehouse", "aws_redshift_cluster.main", "cluster_identifier", "(database)"),
    replaced("a volume", "aws_ebs_volume.main", "availability_zone", "(volume)"),
    replaced("a file system", "aws_efs_file_system.main", "creation_token", "(volume)"),
    replaced("a storage account", "azurerm_storage_account.main", "account_tier", "(bucket)"),
    replaced("a bucket's place", "google_storage_bucket.main", "location", "(bucket)"),
    bad("a namespace goes", "kubernetes_namespace.shop", "destroy", "(namespace): destroyed"),
    bad("a release goes", "helm_release.vault", "destroy", "(namespace): destroyed"),
    bad("a zone goes", "aws_route53_zone.main", "destroy", "(DNS): destroyed"),
    bad("a vault goes", "azurerm_key_vault.main", "destroy", "(key or secret): destroyed"),
    bad("a stack goes", "aws_cloudformation_stack.legacy", "destroy", "(stack): destroyed"),
    bad("protected backups go", "azurerm_backup_protected_vm.main", "destroy", "(backup): destroyed"),
    bad(
        "no snapshot is left",
        "aws_db_instance.last",
        "destroy",
        "(database): destroyed; keeps no last snapshot when it is destroyed (skip_final_snapshot)",
        before={"skip_final_snapshot": True},
    ),
    bad(
        "a full bucket is replaced",
        "aws_s3_bucket.full",
        "replace",
        "takes along all that is in it (force_destroy)",
        before={"force_destroy": True},
        after={"force_destroy": True},
    ),
    bad(
        "a lifecycle rule deletes a bucket's contents",
        "aws_s3_bucket_lifecycle_configuration.raw",
        "create",
        "deletes what is in it after some time (rule.expiration)",
        after={"rule": [{"status": "Enabled", "expiration": [{"days": 1}]}]},
    ),
    bad(
        "logs that never expired do",
        "aws_cloudwatch_log_group.audit",
        "update",
        "keeps its past for a shorter time (retention_in_days)",
        before={"retention_in_days": 0},
        after={"retention_in_days": 30},
    ),
    bad(
        "a key leaves less time",
        "google_kms_crypto_key.main",
        "update",
        "leaves less time to undo a deletion (destroy_scheduled_duration)",
        before={"destroy_scheduled_duration": "2592000s"},
        after={"destroy_scheduled_duration": "86400s"},
    ),
    bad(
        "a secret can't be restored",
        "aws_secretsmanager_secret.db",
        "destroy",
        "can't be restored once it is destroyed (recovery_window_in_days)",
        before={"recovery_window_in_days": 0},
    ),
    bad(
        "a key is disabled",
        "aws_kms_key.main",
        "update",
        "can no longer decrypt what it encrypted (is_enabled)",
        before={"is_enabled": True},
        after={"is_enabled": False},
    ),
    bad(
        "a database's protection goes",
        "google_sql_database_instance.main",
        "update",
        "may be destroyed from now on (deletion_protection)",
        before={"deletion_protection": True},
        after={"deletion_protection": False},
    ),
    bad(
        "a vault may be purged",
        "azurerm_key_vault.purge",
        "update",
        "may be destroyed from now on (purge_protection_enabled)",
        before={"purge_protection_enabled": True},
        after={"purge_protection_enabled": False},
    ),
    bad("a lock goes", "azurerm_management_lock.prod", "destroy", "(guard): destroyed"),
    bad("a detector goes", "aws_guardduty_detector.main", "destroy", "(guard): destroyed"),
    bad(
        "a service is scaled to nothing",
        "aws_ecs_service.shop",
        "update",
        "is scaled to nothing (desired_count)",
        before={"desired_count": 3},
        after={"desired_count": 0},
    ),
    # what opens
    bad(
        "a group's IPv6 rule is open",
        "aws_security_group.web",
        "update",
        "opens to the whole internet (ingress)",
        before={"ingress": []},
        after={"ingress": [rule(port=22) | {"ipv6_cidr_blocks": ["::/0"]}]},
    ),
    bad(
        "a rule is made open",
        "aws_security_group_rule.all",
        "create",
        "created; opens to the whole internet (cidr_blocks)",
        after=rule("0.0.0.0/0", port=22),
    ),
    bad(
        "a rule is replaced by an open one",
        "aws_security_group_rule.moved",
        "replace",
        "opens to the whole internet (cidr_blocks)",
        before=rule("10.0.0.0/8", port=22),
        after=rule("0.0.0.0/0", port=22),
    ),
    bad("a rule is made", "aws_vpc_security_group_ingress_rule.peer", "create", "(network rule): created"),
    bad(
        "an open rule that was off is switched on",
        "google_compute_firewall.all",
        "update",
        "opens to the whole internet (source_ranges)",
        before={"source_ranges": ["0.0.0.0/0"], "disabled": True},
        after={"source_ranges": ["0.0.0.0/0"], "disabled": False},
    ),
    bad(
        "a database lets in all of Azure",
        "azurerm_mssql_firewall_rule.azure",
        "create",
        "opens to everything in Azure",
        after={"start_ip_address": "0.0.0.0", "end_ip_address": "0.0.0.0"},  # noqa: S104 - an address in a plan
    ),
    bad(
        "a storage account lets in all networks",
        "azurerm_storage_account.open",
        "update",
        "can be reached from every network (network_rules.default_action)",
        before={"network_rules": [{"default_action": "Deny"}]},
        after={"network_rules": [{"default_action": "Allow"}]},
    ),
    bad(
        "a cluster's list of networks goes",
        "google_container_cluster.open",
        "update",
        "no longer limits from where it can be reached (master_authorized_networks_config)",
        before={"master_authorized_networks_config": [{"cidr_blocks": [{"cidr_block": "10.0.0.0/8"}]}]},
        after={"master_authorized_networks_config": []},
    ),
    bad(
        "a machine gets an address",
        "google_compute_instance.bastion",
        "create",
        "can be reached from the internet (network_interface.access_config)",
        after={"network_interface": [{"access_config": [{"nat_ip": ""}]}]},
    ),
    bad(
        "a balancer is public",
        "aws_lb.admin",
        "create",
        "created; can be reached from the internet (internal)",
        after={"internal": False},
    ),
    bad("two networks are joined", "aws_vpc_peering_connection.partner", "create", "created; joins two networks"),
    bad(
        "a bucket policy is public",
        "aws_s3_bucket_policy.site",
        "create",
        "created; lets anyone in (policy)",
        after={"policy": policy("*", Condition={"Bool": {"aws:SecureTransport": "true"}})},
    ),
    bad("a bucket policy is not known yet", "aws_s3_bucket_policy.new", "create", "(IAM): created"),
    bad(
        "a snapshot is public",
        "aws_db_snapshot.export",
        "update",
        "(backup): updated; can be copied by anyone (shared_accounts)",
        before={"shared_accounts": []},
        after={"shared_accounts": ["all"]},
    ),
    bad(
        "an image is public",
        "aws_ami_launch_permission.base",
        "create",
        "created; can be copied by anyone (group)",
        after={"group": "all"},
    ),
    # who may do what
    bad(
        "a role is open to all of GitHub",
        "aws_iam_role.deploy",
        "update",
        "lets anyone in (assume_role_policy)",
        before={"assume_role_policy": policy(GITHUB, Condition={"StringLike": {"x:sub": "repo:acme/*"}})},
        after={"assume_role_policy": policy(GITHUB, Condition=AUDIENCE)},
    ),
    bad(
        "a role is open to everybody",
        "aws_iam_role.lambda",
        "create",
        "created; lets anyone in (assume_role_policy)",
        after={"assume_role_policy": policy(ANYONE)},
    ),
    bad("a role is made", "aws_iam_role.reader", "create", "(IAM): created", after={"assume_role_policy": "{}"}),
    bad("a key is made", "aws_iam_access_key.ci", "create", "(IAM): created; makes credentials that last"),
    bad("another key is made", "google_service_account_key.ci", "create", "makes credentials that last"),
    bad(
        "a policy reaches everything",
        "aws_iam_policy.reader",
        "update",
        "reaches every resource (policy)",
        before={"policy": allowed("s3:GetObject")},
        after={"policy": allowed("s3:GetObject", "*")},
    ),
    bad(
        "a project's policy lets anyone in",
        "google_project_iam_policy.main",
        "update",
        "lets anyone in (policy_data)",
        before={"policy_data": bindings("user:ana@acme.io")},
        after={"policy_data": bindings("user:ana@acme.io", "allUsers")},
    ),
    bad("a bucket's reader is added", "google_storage_bucket_iam_member.ci", "create", "(IAM): created"),
    bad("a secret's reader is added", "google_secret_manager_secret_iam_member.ci", "create", "(IAM): created"),
    bad(
        "a pod gets its host",
        "kubernetes_deployment.agent",
        "update",
        "runs with the rights of its host",
        before={"spec": [{"template": [{"spec": [{"container": [{"security_context": [{"privileged": False}]}]}]}]}]},
        after={"spec": [{"template": [{"spec": [{"container": [{"security_context": [{"privileged": True}]}]}]}]}]},
    ),
]
