"""Signed URLs: kept in this process, used once, and never shown to anyone.

An upload URL appears only in the answer that creates its configuration version
(https://developer.hashicorp.com/terraform/cloud-docs/api-docs/configuration-versions), so it is lost with the process.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tfc_agent_tools.errors import UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.facts import Resource

_BLOB_HOSTS: Final = {
    "app.terraform.io": ("archivist.terraform.io",),
    "app.eu.terraform.io": ("archivist.eu.terraform.io",),
}
_PORTS: Final = {"https": 443, "http": 80}
_KEPT: Final = 1_000


class SignedUrls:
    """The signed URLs that this process was given, by the id of their resource. At most 1,000 are kept."""

    def __init__(self) -> None:
        self._urls: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"SignedUrls({len(self._urls)} kept)"

    def __contains__(self, resource_id: str) -> bool:
        return resource_id in self._urls

    def keep(self, resource_id: str, url: str) -> None:
        """Remember the URL of a resource."""
        with self._lock:
            self._urls[resource_id] = url
            while len(self._urls) > _KEPT:
                self._urls.popitem(last=False)

    def keep_all(self, resources: Iterable[Resource]) -> None:
        """Remember the URLs for uploads and logs that stand in an answer."""
        for resource in resources:
            for name in ("upload-url", "hosted-state-upload-url", "log-read-url"):
                if url := resource.text(name):
                    self.keep(resource.id, url)

    def get(self, resource_id: str) -> str | None:
        """The URL, for a read, which can be done again."""
        return self._urls.get(resource_id)

    def take(self, resource_id: str) -> str | None:
        """Hand the URL out; it serves one upload."""
        with self._lock:
            return self._urls.pop(resource_id, None)


def check_blob_url(url: str, address: str, *, method: str, path: str) -> str:
    """The URL, if it leads to the API's own host or its blob store over the API's own scheme.

    Raises:
        UnexpectedResponse: It leads elsewhere, which is never followed. The message holds no part of the URL.
    """
    home, target = _origin(address), _origin(url)
    stores = [("https", host, 443) for host in _BLOB_HOSTS.get(home[1], ())]
    if target not in [home, *stores]:
        problem = "the answer leads to a host that is not on the list; it was not followed"
        raise UnexpectedResponse(problem, method=method, path=path)
    return url


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; of a URL that two parsers could read in two ways, nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
    if not url.isprintable() or not url.isascii() or " " in url or "@" in parts.netloc:
        return "", "", 0
    return parts.scheme, parts.hostname or "", port
