"""Documents of configuration versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, status_timestamps

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
    return {
        "id": version.id,
        "type": "configuration-versions",
        "attributes": attributes,
        "relationships": {"ingress-attributes": {"data": None, "links": {"related": f"{path}/ingress-attributes"}}},
        "links": links,
    }
