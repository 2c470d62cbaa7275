"""All pages of a list, for code. A model reads page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.call import Call
from tfc_agent_tools.effects import Steps, Together, in_background
from tfc_agent_tools.host import Caller
from tfc_agent_tools.present.compact import items_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Host

LARGEST_PAGE: Final = 100
_AT_ONCE: Final = 4


def all_pages(endpoint: Endpoint[Any], arguments: Mapping[str, Any], host: Host) -> Steps[list[dict[str, Any]]]:
    """The items of every page, each page a call of its own through all guards, at most four at once.

    An item is what an artifact holds of one resource, whatever the size of all: `{"type", "id", "attributes",
    "relationships"}` with `{"type", "id"}` behind each relationship, `"untrusted"` for what people outside wrote, and
    `"redacted"` for the names of what is kept back.

    Calls that somebody waits for go before these.

    Where the API gives no totals, as for an organization's runs, the pages are read one after the other.

    Raises:
        ToolkitError: What a guard or the server said to any of them.
    """
    pages = [(yield from _page(endpoint, arguments, host, 1))]
    last = pages[0].pagination.get("total-pages")
    if isinstance(last, int):
        for first in range(2, last + 1, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, last + 1))
            pages += yield Together([_page(endpoint, arguments, host, number) for number in numbers])
    while isinstance(following := pages[-1].pagination.get("next-page"), int) and following > len(pages):
        pages.append((yield from _page(endpoint, arguments, host, following)))
    return [host.hide.data(item) for page in pages for item in items_of(endpoint.shape, page)]


def _page(endpoint: Endpoint[Any], arguments: Mapping[str, Any], host: Host, number: int) -> Steps[Document]:
    paged = {"page_number": number, "page_size": LARGEST_PAGE} if "page_number" in endpoint.signature.parameters else {}
    return (yield from in_background(Call(endpoint, {**arguments, **paged}, host, Caller()).steps()))
