"""The contracts bound the length that a record states by its type alone: 64 bits."""

from __future__ import annotations

from dataclasses import replace

from dao_backend.core.model import Appraisal
from dao_backend.core.typed import digest, record_hash
from tests.keeper.intakes import consent
from tests.support.local_dao import APPRAISER, FAR
from tests.support.running_dao import ALICE, RunningDao, program

LONGEST = 2**64 - 1


def test_work__record_of_the_greatest_length__is_listed_like_any_other(young: RunningDao) -> None:
    """One registration, of an appraiser that lies, must not stop every keeper for ever."""
    sealed = young.sealed(ALICE, program(1))
    record = replace(sealed.record, length=LONGEST)
    domain = young.dao.addresses.domain("DataRegistry")
    appraisal = Appraisal(record_hash(record), 1000, FAR)
    appraised = young.chain.signer(APPRAISER).sign_digest(digest(domain, appraisal))
    consented = consent(young, domain, record)
    young.system.relay.contribute_for(record, sealed.nonce, appraisal, appraised, consented)
    young.chain.time.finalize()
    with young.keeper(1) as keeper:
        keeper.work()
        (found,) = keeper._office.book.contributions()
        assert found.record == record
        assert keeper.status().missing == (record.contribution_id,)
        (entry,) = keeper._office.book.entries(0, 1)
        assert entry.record == record
