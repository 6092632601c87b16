"""What protects members, as it stands now: strike, council, departures, persons. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.council import CouncilStanding
from dao_backend.core.model import Address
from dao_backend.core.safeguards import MintingCaps, StrikeSettings, VotingMode
from dao_backend.core.striking import StrikeStanding
from dao_backend.errors import NotFound, Refused
from dao_backend.ports.bargains import Pause, Strike
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.happenings import StrikeRow
from dao_backend.ports.index import Index


@dataclass(frozen=True, slots=True)
class StrikeView:
    """Where strikes stand, with the newest call."""

    standing: StrikeStanding
    settings: StrikeSettings
    newest: Strike | None
    row: StrikeRow | None
    """The same call in the index, with who made it and why; None until it is indexed."""


@dataclass(frozen=True, slots=True)
class CouncilView:
    """What the council can do, with its newest pause."""

    standing: CouncilStanding
    pause: Pause | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """Whether an account may become a member here."""

    account: Address
    mode: VotingMode
    attested: bool

    @property
    def needed(self) -> bool:
        """Whether votes count persons, so that nobody joins without an attestation."""
        return self.mode is not VotingMode.PER_UNIT

    @property
    def sentence(self) -> str:
        """What it means for the account."""
        if not self.needed:
            return "Votes are counted by unit here: nobody needs an attestation."
        if self.attested:
            return "An attestor has stated that this account is one person: it can contribute."
        return (
            "Votes are counted by person here, and no attestor has stated that this account is "
            f"one. Ask an attestor of this DAO to run `ddao attest-uniqueness {self.account} "
            "--person HASH` before you contribute."
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds those who hold power, as the chain has it now."""

    caps: MintingCaps
    begun: bool
    """Whether the caps hold: before the genesis nothing is capped, and nothing can be sold."""
    mode: VotingMode
    council: CouncilStanding
    strike: StrikeSettings


def strike_of(chain: ChainReader, index: Index) -> StrikeView:
    """Where strikes stand now."""
    settings, number = chain.strike_settings(), chain.strike_count()
    newest = chain.strike(number) if number else None
    standing = StrikeStanding(
        deadline=0 if newest is None else newest.deadline,
        begun=newest is not None and newest.begun_at is not None,
        pledged=0 if newest is None else newest.pledged,
        needed=0 if newest is None else newest.needed,
        until=chain.strike_until(),
        duration=settings.duration,
        now=chain.head().timestamp,
    )
    return StrikeView(standing, settings, newest, _indexed(index, number))


def council_of(chain: ChainReader) -> CouncilView:
    """What the council can do now."""
    guardian, pause = chain.guardian(), chain.last_pause()
    standing = CouncilStanding(
        guardian=guardian.account,
        mandate_until=guardian.mandate_until,
        pausable_from=guardian.pausable_from,
        paused_until=pause.until,
        now=chain.head().timestamp,
    )
    return CouncilView(standing, pause if pause.begin else None)


def person_of(chain: ChainReader, account: Address) -> PersonView:
    """Whether an account may contribute."""
    return PersonView(account, chain.voting_mode(), chain.is_attested(account))


def require_person(chain: ChainReader, account: Address) -> None:
    """Raise Refused, which says what to do, unless the account may contribute."""
    found = person_of(chain, account)
    if found.needed and not found.attested:
        raise Refused(found.sentence)


def bounds_of(chain: ChainReader) -> Bounds:
    """What bounds those who hold power."""
    return Bounds(
        caps=chain.caps(),
        begun=chain.is_begun(),
        mode=chain.voting_mode(),
        council=council_of(chain).standing,
        strike=chain.strike_settings(),
    )


def _indexed(index: Index, number: int) -> StrikeRow | None:
    try:
        return index.strike(number)
    except NotFound:
        return None
