"""Which of a keeper's sealing keys committees still name."""

from __future__ import annotations

from dao_backend.keeper.office import Keyring
from dao_backend.wiring.keeper_keys import keys_named
from tests.keeper.committees import confirm, form, key_of
from tests.support.core_actors import sealing_secret
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import RunningDao
from tests.support.running_fixtures import SOLD


def test_keys_named__delivery_of_an_earlier_committee_is_open__has_its_key_too(
    sold: RunningDao,
) -> None:
    """Until the time for delivery is over, and no longer."""
    sold.settle_down()
    operator = sold.chain.signer(KEEPERS[0]).address
    old, new = sealing_secret(1, 1), key_of(77)
    assert keys_named(sold.agreement, operator) == {1: old.public}
    form(sold, {1: (KEEPERS[0], new)})
    with sold.keeper(1, keys=lambda _: Keyring([old, new])) as keeper:
        confirm(sold, keeper, *sold.system.local[1:])
    assert sold.system.chain.serving_epoch() == 2
    assert keys_named(sold.agreement, operator) == {1: old.public, 2: new.public}
    late = sold.system.chain.request(SOLD).deliver_by - sold.agreement.head().timestamp
    sold.pass_time(late + 1)
    sold.settle_down()
    assert keys_named(sold.agreement, operator) == {2: new.public}
    assert keys_named(sold.agreement, sold.chain.signer(999).address) == {}
