"""Documents of configuration versions, and of the commits that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, status_timestamps

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import ConfigurationVersion


def configuration_version_document(version: ConfigurationVersion, *, upload_url: str | None = None) -> Document:
    """Return a configuration version; only the answer to its creation has an `upload-url`."""
    path = f"{API}/configuration-versions/{version.id}"
    attributes: Document = {
        "auto-queue-runs": version.auto_queue_runs,
        "error": version.error,
        "error-message": version.error_message,
        "source": version.source,
        "speculative": version.speculative,
        "status": version.status,
        "status-timestamps": status_timestamps(version.timestamps),
        "provisional": version.provisional,
    }
    if upload_url is not None:
        attributes["upload-url"] = upload_url
    links = {"self": path}
    if version.archive is not None:
        links["download"] = f"{path}/download"
    commit = identifier("ingress-attributes", _commit_id(version))
    return {
        "id": version.id,
        "type": "configuration-versions",
        "attributes": attributes,
        "relationships": {"ingress-attributes": {"data": commit, "links": {"related": f"{path}/ingress-attributes"}}},
        "links": links,
    }


def commit_document(version: ConfigurationVersion) -> Document | None:
    """Return the ingress attributes of a configuration version; None where it came from no commit."""
    commit = version.commit
    if commit is None:
        return None
    repository = "https://github.sandbox.example/acme/code"
    return {
        "id": _commit_id(version),
        "type": "ingress-attributes",
        "attributes": {
            "branch": commit.branch,
            "clone-url": f"{repository}.git",
            "commit-message": commit.message,
            "commit-sha": commit.sha,
            "commit-url": f"{repository}/commit/{commit.sha}",
            "compare-url": None,
            "identifier": "acme/code",
            "is-pull-request": False,
            "on-default-branch": commit.branch == "main",
            "pull-request-number": None,
            "pull-request-url": None,
            "pull-request-title": None,
            "pull-request-body": None,
            "tag": None,
            "sender-username": commit.sender,
            "sender-avatar-url": None,
            "sender-html-url": None,
        },
        "links": {"self": f"{API}/ingress-attributes/{_commit_id(version)}"},
    }


def _commit_id(version: ConfigurationVersion) -> str | None:
    """Its own id is told by that of the configuration version: each has one commit at most."""
    return f"ia-{version.id.removeprefix('cv-')}" if version.commit else None
