"""Who must say yes: what a policy demands of an answer, and how an answer's author is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

AlsoKnownAs = Callable[[str], "frozenset[str]"]
"""The names that a person has elsewhere: the user id at HCP Terraform, the user name where the commits come from."""


def no_other_names(name: str) -> frozenset[str]:
    """Nobody's other names are known."""
    del name
    return frozenset()


class Proof(StrEnum):
    """How it is known who answered. Only the first two make an identity; the third is a name that anyone can type."""

    SIGNATURE = "signature"
    """A signature over the approval's digest, by a key that the policy lists for this person."""
    HOST = "host"
    """The host application says that it authenticated this person."""
    UNVERIFIED = "unverified"
    """A console, a bare True, a bare resume, the command line without a key."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who answered. `Approver("ana@acme.io", Proof.HOST)` is the host application's word that it is Ana."""

    name: str
    proof: Proof = Proof.UNVERIFIED

    @property
    def is_verified(self) -> bool:
        """Whether the name can be relied on."""
        return self.proof is not Proof.UNVERIFIED

    def __str__(self) -> str:
        return self.name if self.is_verified else f"{self.name} (unverified)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What one rule demands of the answers to a question. Several requirements must all be met."""

    people: frozenset[str] = frozenset()
    """Whose yes counts, groups already expanded; anyone's where it is empty."""
    minimum: int = 1
    """How many different people must say yes."""
    not_requester: bool = False
    """The requester, the agent, the author of the commit and the creator of the run don't count."""

    @property
    def needs_verified(self) -> bool:
        """Whether an unverified yes can't be enough."""
        return bool(self.people) or self.minimum > 1 or self.not_requester

    def is_met(
        self,
        yes: frozenset[Approver],
        excluded: frozenset[str],
        authors: frozenset[str] | None = frozenset(),
        also_known_as: AlsoKnownAs = no_other_names,
    ) -> bool:
        """Whether these people's yes is enough.

        Args:
            yes: Who said yes.
            excluded: The names that `not_requester` rules out for certain.
            authors: The ids of who made what is decided on; None where they can't be known.
            also_known_as: Tells whether somebody is one of those.
        """
        if not self.needs_verified:
            return bool(yes)
        named = {one.name for one in yes if one.is_verified and (not self.people or one.name in self.people)}
        if self.not_requester:
            ruled_out = _folded({*excluded, *(authors or ())})
            named = {name for name in named if self._stands_apart(name, ruled_out, authors, also_known_as(name))}
        return len(_folded(named)) >= max(self.minimum, 1)

    def _stands_apart(
        self, name: str, ruled_out: set[str], authors: frozenset[str] | None, others: frozenset[str]
    ) -> bool:
        """Whether it is sure that this is none of those.

        Where an author is not known, or the other names of this person aren't, only somebody whom the rule names
        counts.
        """
        if _folded({name, *others}) & ruled_out:
            return False
        can_tell = authors is not None and (bool(others) or not authors)
        return can_tell or name in self.people

    def __str__(self) -> str:
        who = f"of {', '.join(sorted(self.people))}" if self.people else "of anybody with a proven name"
        apart = ", who neither asked for it nor made the run or its commit" if self.not_requester else ""
        if self.minimum == len(self.people) == 1:
            return f"the yes of {next(iter(self.people))}{apart}"
        return f"the yes of {max(self.minimum, 1)} {who}{apart}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """All that the answers to one question must meet. Nothing by default: then any clear yes is one."""

    requirements: tuple[Requirement, ...] = ()
    excluded: frozenset[str] = frozenset()
    """The requester and the agent."""
    authors: frozenset[str] | None = frozenset()
    """Who made the run and the commit, as the API names them; None where that can't be read."""
    typed: str | None = None
    """What each yes must come with, on every road."""

    def unmet(self, yes: frozenset[Approver], also_known_as: AlsoKnownAs = no_other_names) -> str | None:
        """What is still needed, and how it is given; None where nothing is."""
        open_ones = [
            one for one in self.requirements if not one.is_met(yes, self.excluded, self.authors, also_known_as)
        ]
        if open_ones:
            return f"Still needed: {'; '.join(map(str, open_ones))}. {_HOW}{self._with_name()}"
        return f"Still needed: a yes.{self._with_name()}" if self.typed and not yes else None

    def _with_name(self) -> str:
        return f" Each yes must come with the typed name {self.typed!r}." if self.typed else ""


_HOW: Final = (
    "A yes counts here only if it is signed (`tfc-agent approvals approve ID --as NAME --key FILE`) "
    "or comes from a person whom the host application authenticated."
)


def _folded(names: Collection[str]) -> set[str]:
    return {name.casefold() for name in names}
