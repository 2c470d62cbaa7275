"""Every attribute and relationship that the API's documentation shows is in the documents."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox_driver import Api


class Names(NamedTuple):
    attributes: str
    relationships: str


RUN = Names(
    "actions canceled-at created-at has-changes auto-apply allow-empty-apply allow-config-generation is-destroy"
    " message plan-only source status-timestamps status trigger-reason target-addrs permissions refresh"
    " refresh-only replace-addrs save-plan variables",
    "apply comments configuration-version cost-estimate created-by input-state-version plan run-events"
    " policy-checks task-stages workspace workspace-run-alerts",
)
PLAN = Names(
    "execution-details generated-configuration has-changes resource-additions resource-changes"
    " resource-destructions resource-imports status status-timestamps log-read-url",
    "state-versions",
)
APPLY = Names(
    "execution-details status status-timestamps log-read-url resource-additions resource-changes"
    " resource-destructions resource-imports",
    "state-versions",
)
WORKSPACE = Names(
    "actions allow-destroy-plan assessments-enabled auto-apply auto-apply-run-trigger auto-destroy-at"
    " auto-destroy-status auto-destroy-activity-duration inherits-project-auto-destroy created-at description"
    " environment execution-mode file-triggers-enabled global-remote-state latest-change-at"
    " last-assessment-result-at locked locked-reason name oauth-client-name operations permissions"
    " apply-duration-average plan-duration-average policy-check-failures queue-all-runs resource-count"
    " run-failures source source-name source-url speculative-enabled structured-run-output-enabled tag-names"
    " terraform-version trigger-prefixes updated-at unarchived_workspace_change_requests_count vcs-repo"
    " vcs-repo-identifier working-directory workspace-kpis-runs-count setting-overwrites",
    "agent-pool current-configuration-version current-run effective-tag-bindings latest-run"
    " current-state-version current-assessment-result organization outputs project readme"
    " remote-state-consumers ssh-key locked-by tag-bindings vars",
)
WORKSPACE_PERMISSIONS = (
    "can-update can-destroy can-queue-run can-read-run can-read-variable can-update-variable"
    " can-read-state-versions can-read-state-outputs can-create-state-versions can-queue-apply can-lock"
    " can-unlock can-force-unlock can-read-settings can-manage-tags can-manage-run-tasks can-force-delete"
    " can-manage-assessments can-manage-ephemeral-workspaces can-read-assessment-results can-queue-destroy"
)
CONFIGURATION_VERSION = Names(
    "error error-message source speculative status status-timestamps provisional auto-queue-runs",
    "ingress-attributes",
)
STATE_VERSION = Names(
    "billable-rum-count created-at size hosted-state-download-url hosted-state-upload-url"
    " hosted-json-state-download-url hosted-json-state-upload-url status intermediate modules providers"
    " resources resources-processed serial state-version terraform-version vcs-commit-url vcs-commit-sha",
    "run created-by workspace outputs",
)
ACCOUNT = Names(
    "username is-service-account auth-method avatar-url v2-only is-site-admin is-sso-login email"
    " unconfirmed-email permissions",
    "authentication-tokens authenticated-resource",
)
ORGANIZATION = Names(
    "external-id created-at email session-timeout session-remember collaborator-auth-policy plan-expired"
    " plan-expires-at plan-is-trial plan-is-enterprise plan-identifier cost-estimation-enabled"
    " send-passing-statuses-for-untriggered-speculative-plans aggregated-commit-status-enabled"
    " speculative-plan-management-enabled allow-force-delete-workspaces name permissions"
    " fair-run-queuing-enabled saml-enabled owners-team-saml-role-id two-factor-conformant"
    " assessments-enforced default-execution-mode",
    "default-agent-pool oauth-tokens authentication-token entitlement-set subscription",
)
PROJECT = Names(
    "name description workspace-count team-count permissions auto-destroy-activity-duration default-execution-mode"
    " stacks-default-execution-mode setting-overwrites",
    "organization default-agent-pool stacks-default-agent-pool tag-bindings effective-tag-bindings",
)


def complete(document: dict[str, Any], expected: Names) -> bool:
    assert document["links"]["self"].startswith("/api/v2/")
    assert set(document["attributes"]) == set(expected.attributes.split())
    return set(document["relationships"]) == set(expected.relationships.split())


def test_documents_have_the_documented_names(api: Api) -> None:
    run = api.run()
    api.act(run, "apply")
    workspace = api.workspace()
    assert complete(api.data(f"/runs/{run['id']}"), RUN)
    assert complete(api.plan(run), PLAN)
    assert complete(api.apply(run), APPLY)
    assert complete(workspace, WORKSPACE)
    assert set(workspace["attributes"]["permissions"]) == set(WORKSPACE_PERMISSIONS.split())
    assert complete(api.data(f"/workspaces/{workspace['id']}"), WORKSPACE)
    assert complete(api.data(f"/workspaces/{workspace['id']}/current-state-version"), STATE_VERSION)
    version = workspace["relationships"]["current-configuration-version"]["data"]["id"]
    assert complete(api.data(f"/configuration-versions/{version}"), CONFIGURATION_VERSION)
    assert complete(api.data("/account/details"), ACCOUNT)
    assert complete(api.data("/organizations/acme"), ORGANIZATION)
    assert complete(api.data("/organizations/acme/projects")[0], PROJECT)


def test_every_list_shows_the_same_documents_as_the_single_reads(api: Api) -> None:
    run = api.run()
    assert api.newest_run("app-staging") == api.data(f"/runs/{run['id']}")
    listed = api.data("/organizations/acme/workspaces")
    assert {row["attributes"]["name"]: row for row in listed}["app-staging"] == api.workspace()


def test_a_new_configuration_version_shows_its_upload_url(api: Api) -> None:
    version = api.configuration("scratch")
    assert set(version["attributes"]) == {*CONFIGURATION_VERSION.attributes.split(), "upload-url"}
    assert version["attributes"]["status"] == "pending"


def test_operations_are_among_the_entitlements(api: Api) -> None:
    assert api.data("/organizations/acme/entitlement-set")["attributes"]["operations"] is True
