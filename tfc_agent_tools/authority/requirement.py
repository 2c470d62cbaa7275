"""Who must say yes: what a policy demands of an answer, and how an answer's author is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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

    def is_met(self, yes: frozenset[Approver], excluded: frozenset[str]) -> bool:
        """Whether these people's yes is enough. `excluded` are the names that `not_requester` rules out."""
        if not self.needs_verified:
            return bool(yes)
        ruled_out = excluded if self.not_requester else frozenset[str]()
        counted = {one.name for one in yes if one.is_verified} - ruled_out
        return len(counted & self.people if self.people else counted) >= self.minimum
