"""The Happenings part of the Index port on one SQLite file."""

from __future__ import annotations

from dao_backend.core import events as e
from dao_backend.core.model import Address
from dao_backend.index import happened, reads
from dao_backend.index.paging import SqlitePages
from dao_backend.index.schema import TABLES
from dao_backend.ports.happenings import (
    DepartureRow,
    DisputeRow,
    GuardianRow,
    MeterRow,
    OfferRow,
    PauseRow,
    PledgeRow,
    RoyaltyRow,
    StrikeRow,
)
from dao_backend.ports.paging import Page


class SqliteHappenings(SqlitePages):
    """See `ports.happenings.Happenings`."""

    def offer(self, offer_id: int) -> OfferRow:
        query = happened.offers().where(happened.published.c.offer_id == offer_id)
        return happened.offer(self._one(query, f"offer {offer_id}"))

    def offers(
        self, *, collection: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[OfferRow]:
        query = happened.offers()
        if collection is not None:
            query = query.where(happened.published.c.collection == collection)
        return self._newest(query, happened.published, happened.offer, after, limit)

    def dispute(self, request_id: int) -> DisputeRow:
        query = happened.disputes().where(happened.disputed.c.request_id == request_id)
        return happened.dispute(self._one(query, f"dispute about request {request_id}"))

    def disputes(self, *, after: str | None = None, limit: int = 50) -> Page[DisputeRow]:
        query = happened.disputes()
        return self._newest(query, happened.disputed, happened.dispute, after, limit)

    def meter(self, licence_id: int) -> MeterRow:
        query = happened.meters().where(happened.metered.c.licence_id == licence_id)
        found = self._one(query, f"meter of licence {licence_id}")
        with self._reading() as connection:
            return happened.meter(connection, found)

    def meters(self, *, after: str | None = None, limit: int = 50) -> Page[MeterRow]:
        page = self._newest(happened.meters(), happened.metered, lambda row: row, after, limit)
        with self._reading() as connection:
            return Page(tuple(happened.meter(connection, row) for row in page.rows), page.next)

    def royalties(
        self, *, licence_id: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[RoyaltyRow]:
        table, query = TABLES[e.RoyaltyPaid], reads.positioned(e.RoyaltyPaid)
        if licence_id is not None:
            query = query.where(table.c.licence_id == licence_id)
        return self._newest(query, table, happened.royalty, after, limit)

    def strike(self, strike_id: int) -> StrikeRow:
        query = happened.strikes().where(happened.called.c.strike_id == strike_id)
        return happened.strike(self._one(query, f"call to strike {strike_id}"))

    def strikes(self, *, after: str | None = None, limit: int = 50) -> Page[StrikeRow]:
        return self._newest(happened.strikes(), happened.called, happened.strike, after, limit)

    def pledges(
        self, strike_id: int, *, after: str | None = None, limit: int = 50
    ) -> Page[PledgeRow]:
        query = happened.standing().where(happened.pledged.c.strike_id == strike_id)
        return self._newest(query, happened.pledged, happened.pledge, after, limit)

    def pauses(self, *, after: str | None = None, limit: int = 50) -> Page[PauseRow]:
        return self._newest(happened.pauses(), happened.paused, happened.pause, after, limit)

    def guardians(self, *, after: str | None = None, limit: int = 50) -> Page[GuardianRow]:
        table, query = TABLES[e.GuardianAppointed], reads.positioned(e.GuardianAppointed)
        return self._newest(query, table, happened.guardian, after, limit)

    def departures(
        self, *, member: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[DepartureRow]:
        table, query = TABLES[e.Left], reads.positioned(e.Left)
        if member is not None:
            query = query.where(table.c.member == member)
        return self._newest(query, table, happened.departure, after, limit)
