"""Lists in pages: `page[number]` from 1, `page[size]` 20 by default and 100 at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tfc_agent_tools.sandbox.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import URL

MAX_SIZE = 100
DEFAULT_SIZE = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    rows: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        """The number of the page before, None on the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the page after, None on the last."""
        return self.number + 1 if self.number < self.last else None

    def meta(self, *, totals: bool = True) -> dict[str, Any]:
        """Return `meta.pagination`; organization runs have no totals."""
        pagination: dict[str, Any] = {
            "current-page": self.number,
            "page-size": self.size,
            "prev-page": self.previous,
            "next-page": self.next,
        }
        if totals:
            pagination |= {"total-pages": self.last, "total-count": self.total}
        return {"pagination": pagination}

    def links(self, url: URL, *, totals: bool = True) -> dict[str, str | None]:
        """Return the absolute links of the page and its neighbours."""

        def at(number: int | None) -> str | None:
            if number is None:
                return None
            return str(url.include_query_params(**{"page[number]": number, "page[size]": self.size}))

        links = {"self": at(self.number), "prev": at(self.previous), "next": at(self.next)}
        return links | {"first": at(1), "last": at(self.last)} if totals else links


def paginate(rows: Sequence[T], query: Mapping[str, str]) -> Page[T]:
    """Cut a list to the page that a query asks for; a page beyond the last one is empty.

    Raises:
        Problem: 422 for a number that is no positive integer, or a size outside 1 to 100.
    """
    number = _integer(query, "page[number]", 1)
    size = _integer(query, "page[size]", DEFAULT_SIZE)
    if size > MAX_SIZE:
        raise invalid(f"page[size] must be between 1 and {MAX_SIZE}")
    start = (number - 1) * size
    return Page(rows[start : start + size], number, size, len(rows))


def _integer(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or not int(text[:9]) > 0:
        raise invalid(f"{name} must be a positive integer")
    return int(text[:9])
