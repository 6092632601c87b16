"""A whole service beside keepers that are processes of their own: it reaches them over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dao_backend.settings import Settings
from dao_backend.wiring.system import Place, build
from tests.support.committee import Committee
from tests.support.running_dao import DeskGateway, RunningDao, identities


@contextmanager
def service_beside(committee: Committee) -> Iterator[RunningDao]:
    """The service with appraiser, index and databases, and without a keeper of its own.

    Its store is that in which the committee's envelopes lie.
    """
    dao, data = committee.dao, committee.home
    own = identities(())
    committee.chain.fund(own.relayer.address)
    place = Place(committee.chain.node, dao.addresses, committee.record, committee.chain.url)
    system = build(Settings(data=data, max_bytes=2**20), place, own)
    try:
        yield RunningDao(dao, place, system, DeskGateway(system), data, committee.drawn)
    finally:
        system.close()
