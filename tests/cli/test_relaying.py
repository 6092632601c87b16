"""`ddao relay`: what keepers have signed comes to the chain without worker and service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.decode import Decoder
from dao_backend.chain.follow import LogReader
from dao_backend.errors import InsufficientFunds
from dao_backend.ports.keepers import Bundle
from tests.support.anvil import Chain
from tests.support.local_dao import LocalDao
from tests.support.shop import Shop, said

NOWHERE = ("--service", "http://127.0.0.1:1")


@pytest.fixture
def built(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> str:
    """A licence whose bundle lies ready, with a keeper that cannot pay for its receipt."""

    def broke(*_given: object) -> None:
        raise InsufficientFunds("nothing is left")

    with monkeypatch.context() as patch:
        patch.setattr(type(shop.service.system.relay), "post_receipt_for", broke)
        number = shop.granted()
        (keeper,) = shop.service.system.local
        keeper.work()
    return number


def posted(shop: Shop, number: str) -> set[int]:
    """Keepers with a receipt on chain."""
    delivery = shop.service.system.chain.delivery(int(number))
    assert delivery is not None
    return set(delivery.posted)


def own(shop: Shop) -> tuple[str | Path, ...]:
    """The options with which no service is asked."""
    record = shop.service.data / "deployment.json"
    return ("--dao", record, "--rpc", shop.service.chain.anvil.url)


@pytest.mark.parametrize("words", [(), ("1", "--handover")])
def test_relay__neither_or_both__is_refused(shop: Shop, words: tuple[str, ...]) -> None:
    """One has to say what is to be posted."""
    said(shop.bob.run("relay", *words), 2, "Name a licence, or give --handover, one of them.")


@pytest.mark.parametrize("option", ["--dao", "--rpc"])
def test_relay__record_without_node_or_node_without_record__is_refused(
    shop: Shop, option: str
) -> None:
    """Either the service names both, or its user does."""
    said(shop.bob.run("relay", "1", option, "x"), 2, "--dao and --rpc go together.")


def test_relay__not_granted__is_not_found(shop: Shop) -> None:
    """There is no receipt for what was never granted."""
    said(
        shop.bob.run("relay", "9999"),
        4,
        "No delivery was opened for licence 9999: it is not granted.",
    )


def test_relay__receipt_of_another_licence__is_named_and_not_posted(
    shop: Shop, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper's signature counts for the licence that it is about."""
    (keeper,) = shop.service.system.local
    other = keeper.bundle_facts(int(built))
    assert isinstance(other, Bundle)
    other = replace(other, receipt=replace(other.receipt, licence_id=int(built) + 1))
    monkeypatch.setattr(keeper, "bundle_facts", lambda _licence: other)
    answer = shop.bob.run("relay", built, "--password-file", shop.bob.password_file)
    said(answer, 3, "Keeper 1: its receipt is not its own, or not of this delivery.")
    assert posted(shop, built) == set()


def test_relay__no_service_and_no_coin_of_the_keepers__delivers(shop: Shop, built: str) -> None:
    """Whoever pays for the gas brings the receipt to the chain; a second time there is none."""
    assert posted(shop, built) == set()
    told: Any = shop.bob.signs("relay", built, *own(shop), *NOWHERE)
    assert told == {"licenceId": int(built), "posted": [1], "problems": {}}
    assert posted(shop, built) == {1}
    answer = shop.bob.run("relay", built, *own(shop), *NOWHERE)
    assert answer.code == 0
    assert f"Nothing to do for licence {built}: all that is signed is on chain." in answer.out


def test_relay__nothing_built_yet__says_so(shop: Shop) -> None:
    """A keeper that has signed nothing is at no fault."""
    number = shop.granted()
    told = shop.bob.signs("relay", number)
    assert told == {"licenceId": int(number), "posted": [], "problems": {}}


def test_relay__handover_in_the_first_epoch__has_nothing_to_do(shop: Shop) -> None:
    """Nobody had anything to take over."""
    assert shop.bob.does("relay", "--handover")["posted"] == []


def test_relay__handover_is_complete__the_new_committee_serves(shop: Shop) -> None:
    """The keeper's confirmation is fetched from it and posted by a buyer."""
    service = shop.service
    chain = Chain(service.chain.anvil.url, service.chain.rpc, service.chain.node, shop.time)
    where = service.system.chain.addresses
    reader = LogReader(service.chain.node, Decoder(where))
    (seat,) = service.system.chain.committee(1).keepers
    row = (seat.operator, seat.sealing_key, seat.endpoint)
    LocalDao(chain, where, service.system.chain, reader).by_vote(
        ContractName.KEEPERS, "changeCommittee", (row,)
    )
    shop.follow()
    assert service.system.chain.serving_epoch() == 1
    service.system.local[0].work()
    told = shop.bob.signs("relay", "--handover", *own(shop), *NOWHERE)
    assert told == {"licenceId": None, "posted": [1], "problems": {}}
    assert service.system.chain.serving_epoch() == 2
    assert shop.bob.does("relay", "--handover")["posted"] == []
