"""`ddao keepers` and `ddao verify erasure`: keepers are asked themselves, and held to the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dao_backend.cli.clock import moment
from dao_backend.core.packing import hex_of
from dao_backend.errors import NotFound
from dao_backend.ports.keepers import Tombstone
from dao_backend.service.releases import ReleaseBoard
from tests.support.cli import SOURCE, write_module
from tests.support.core_actors import seed
from tests.support.shop import Shop, said

GIVEN_UP = (seed("first"), seed("second"), seed("third"))


def contributed(shop: Shop, number: int) -> str:
    """Another module of the contributor's; its id."""
    path = write_module(shop.service.data.parent / f"module-{number}.py", number, 40)
    told: Any = shop.alice.signs("contribute", path, "--collection", SOURCE)
    shop.follow()
    return str(told["contributions"][0]["contributionId"])


def next_edition(shop: Shop) -> None:
    """A new edition, attested, after which keepers erase what nothing needs."""
    shop.later(3601)
    shop.work()


@pytest.fixture(scope="module")
def erased(shop: Shop) -> str:
    """The id of a contribution that was withdrawn, and whose share the keeper has erased."""
    identity = contributed(shop, 53)
    contributed(shop, 54)
    shop.alice.signs("withdraw", identity)
    next_edition(shop)
    shop.work()
    return identity


def test_keepers__one_of_one__says_what_it_can_and_has_done(shop: Shop) -> None:
    """The keeper answers at its endpoint, and the chain says how often it delivered."""
    before = shop.alice.does("keepers")["epochs"][0]["deliveries"]
    shop.delivered()
    told = shop.alice.does("keepers")
    (keeper,) = told["keepers"]
    assert keeper["answers"]
    assert keeper["problem"] is None
    assert keeper["status"]["missing"] == []
    assert keeper["endpoint"].startswith(shop.service.url)
    (epoch,) = told["epochs"]
    assert epoch["serving"]
    assert epoch["deliveries"] == before + 1
    assert epoch["keepers"][0]["receipts"] == before + 1
    shown = shop.alice.run("keepers").out
    assert "Epoch 1 serves: its one keeper can read and release everything, unnoticed." in shown
    assert f"{before + 1} of {before + 1}" in shown


def test_keepers__one_in_trouble__tells_what_without_its_paths(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buyer sees what a keeper goes on without, and which deliveries fail, before paying."""
    (keeper,) = shop.service.system.local
    data = shop.service.data
    said = replace(
        keeper.status(),
        forgone=GIVEN_UP,
        delayed=tuple(range(1, 8)),
        alarm=f"the database {data}/keeper-1/custody.sqlite cannot be used: it is full",
    )
    monkeypatch.setattr(keeper, "status", lambda: said)
    answer = shop.alice.run("keepers", "--json")
    (told,) = answer.json["keepers"]
    assert told["problem"] == "the database keeper-1/custody.sqlite cannot be used: it is full"
    assert told["status"]["forgone"] == [hex_of(each) for each in GIVEN_UP]
    assert told["status"]["delayed"] == [1, 2, 3, 4, 5, 6, 7]
    assert str(data) not in answer.out
    shown = " ".join(shop.alice.run("keepers").out.split())
    assert "goes on without 3; failed to go on with licences 1, 2, 3, 4, 5 and 2 more" in shown


def test_verify_erasure__not_withdrawn_or_unknown__is_refused(shop: Shop) -> None:
    """What is needed is not erased, and what nobody registered cannot be."""
    identity = contributed(shop, 51)
    answer = shop.bob.run("verify", "erasure", identity)
    said(answer, 3, f"Contribution {identity} is not withdrawn: its shares are needed.")
    unknown = "0x" + "11" * 32
    said(
        shop.bob.run("verify", "erasure", unknown),
        4,
        f"The chain's log holds no contribution {unknown}.",
    )


def test_verify_erasure__newest_edition_holds_it__ends_with_the_keepers_reason(
    shop: Shop,
) -> None:
    """Withdrawn and still for sale: the shares are left, and the exit code says so."""
    identity = contributed(shop, 52)
    next_edition(shop)
    shop.alice.signs("withdraw", identity)
    shop.work()
    answer = shop.bob.run("verify", "erasure", identity, "--json")
    assert answer.code == 3
    assert not answer.json["erased"]
    assert answer.json["sharesLeft"] == [1]
    (keeper,) = answer.json["keepers"]
    assert keeper["reason"] == f"contribution {identity} was not erased here"
    newest = shop.service.system.chain.newest_edition(0)
    assert keeper["neededFor"] == [f"the newest edition {newest} still lists it"]
    shown = shop.bob.run("verify", "erasure", identity).out
    assert "1 of 1 shares are left, and it takes 1 to open it." in shown
    assert f"keeper 1 waits: the newest edition {newest} still lists it." in shown


def test_verify_erasure__licence_awaits_it__says_until_when(shop: Shop) -> None:
    """The log tells why a share is left, whatever its keeper and the service say."""
    identity = contributed(shop, 55)
    next_edition(shop)
    number = shop.granted()
    shop.alice.signs("withdraw", identity)
    contributed(shop, 56)
    shop.later(3601)
    shop.service.system.editions.seal(0)
    shop.follow()
    answer = shop.bob.run("verify", "erasure", identity, "--json")
    (keeper,) = answer.json["keepers"]
    delivery = shop.service.system.chain.delivery(int(number))
    assert delivery is not None
    until = moment(delivery.deliver_by)
    assert keeper["neededFor"] == [f"licence {number} awaits its bundle until {until}"]
    shop.work()
    shop.work()
    assert shop.bob.does("verify", "erasure", identity)["keepers"][0]["neededFor"] == []


LIES: dict[str, Callable[[Tombstone], Tombstone]] = {
    "another one's signature": lambda it: replace(it, signature=it.signature[::-1]),
    "another share": lambda it: replace(it, erasure=replace(it.erasure, index=2)),
    "another contribution": lambda it: replace(
        it, erasure=replace(it.erasure, contribution_id=bytes(32))
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_verify_erasure__statement_is_not_the_keepers__is_not_believed(
    shop: Shop, erased: str, lie: Callable[[Tombstone], Tombstone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement counts for the share that it names, signed by the operator on chain."""
    (keeper,) = shop.service.system.local
    stated = lie(keeper.tombstone(bytes.fromhex(erased[2:])))
    monkeypatch.setattr(keeper, "tombstone", lambda _named: stated)
    answer = shop.bob.run("verify", "erasure", erased, "--json")
    assert (answer.code, answer.json["erased"]) == (3, False)
    assert answer.json["keepers"][0]["reason"].startswith("its statement is ")


def test_verify_erasure__erased_by_all__shows_each_statement(shop: Shop, erased: str) -> None:
    """Each keeper's statement is signed by its operator; too few shares are left to open it."""
    told = shop.bob.does("verify", "erasure", erased)
    assert told["erased"]
    assert told["sharesLeft"] == []
    (keeper,) = told["keepers"]
    assert (keeper["erased"], keeper["cause"]) == (True, "withdrawn")
    page = httpx.get(told["page"], headers={"accept": "text/html"}, trust_env=False)
    assert "1 of 1 keeper signed that its share is gone" in page.text
    shown = shop.bob.run("verify", "erasure", erased).out
    assert "no share is left, it cannot be opened by keepers any more" in shown


def refuse(_board: ReleaseBoard, licence_id: int, *_asked: Any) -> Iterator[bytes]:
    """The service claims to have nothing."""
    raise NotFound(f"there is no bundle of licence {licence_id}")


def swap(
    board: ReleaseBoard, licence_id: int, index: int, offset: int = 0, size: int | None = None
) -> Iterator[bytes]:
    """The service gives what nobody ever built, of the right length."""
    whole = board.standing(licence_id, index).length
    assert whole is not None
    yield bytes(whole)[offset:][:size]


@pytest.mark.parametrize("lie", [refuse, swap])
def test_pull__service_gives_no_bundle__the_keeper_does(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: Callable[..., Any]
) -> None:
    """What was bought is fetched from the keeper that the chain names, whatever others give."""
    number = shop.delivered()
    (keeper,) = shop.service.system.local
    true = b"".join(keeper.bundle(int(number)))
    url = f"{shop.service.url}/v1/licences/{number}/bundles/1"
    assert httpx.get(url, trust_env=False).content == true
    monkeypatch.setattr(ReleaseBoard, "bundle", lie)
    assert httpx.get(url, trust_env=False).content != true
    told = shop.bob.signs("pull", number, "--out", tmp_path / "out")
    assert told["problems"] == []
    assert told["contributions"]
    assert not [each for each in (tmp_path / "out").iterdir() if each.name.startswith(".")]
