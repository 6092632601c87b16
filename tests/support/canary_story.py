"""Three keepers as real processes that live through everything that can go wrong.

Every secret of theirs is known, and everything that was said, answered and written is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dao_backend.core.bundle import HEADER, read_header
from dao_backend.core.crypto import open_sealed
from dao_backend.core.shares import deal, open_for_appraiser
from dao_backend.core.submission import Submission
from dao_backend.core.typed import record_hash
from dao_backend.custody.keystore import Unlock, open_keystore
from dao_backend.errors import DaoError
from dao_backend.ports.keeper_wire import intake_json
from tests.support.anvil import Chain
from tests.support.canary_commands import (
    PASSPHRASE,
    SHORT_KEY,
    TYPED_WRONG,
    Operator,
    protect,
)
from tests.support.canary_process import Workplace, give, workplace
from tests.support.canary_wrongs import (
    cut_off,
    mistakes,
    posted,
    request,
    sent,
    wrong_bundles,
    wrong_intakes,
)
from tests.support.committee import Committee, intake_of
from tests.support.committee_founding import founded
from tests.support.core_actors import sealing_secret, seed
from tests.support.keeper_machine import Machine
from tests.support.keeper_program import eventually
from tests.support.rpc_proxy import Answer, RpcProxy, proxied
from tests.support.running_dao import ALICE, BOB, RELEASE_SECRET, program

ACCESS_KEY = "3f9c5f1be21d7702aa41c08e5d6b90cc"
"""What a provider of nodes knows its customer by; it stands in the URL."""
SPOILED = "spoiled"
"""In the names of secrets that somebody sends by mistake."""


@dataclass
class Evidence:
    """The keepers, and what there is of them."""

    committee: Committee
    places: dict[int, Workplace]
    operator: Operator
    proxy: RpcProxy
    secrets: dict[str, bytes] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)
    """Over HTTP, with their headers."""
    dumped: dict[str, bool] = field(default_factory=dict)
    """By process: whether the system wrote its memory down when a signal ended it."""

    @property
    def home(self) -> Path:
        """Everything lies in here."""
        return self.committee.home

    def machine(self, index: int) -> Machine:
        """A keeper."""
        return self.committee.keepers[index]

    def pid(self, index: int) -> int:
        """Its process."""
        process = self.machine(index).process
        assert process is not None
        return process.pid

    def ask(self, index: int, wrong: bytes, *, leaving: bool = False) -> None:
        """One request to a keeper; its answer is kept."""
        self.answers.append(sent(self.machine(index).port, wrong, leaving=leaving))

    def logged(self, index: int) -> set[str]:
        """The events in a keeper's log."""
        lines = self.places[index].log.read_text().splitlines()
        return {json.loads(line)["event"] for line in lines}

    def start(self, index: int, *words: str | Path) -> None:
        """Start a keeper, and return once it works in its seat."""
        machine, place = self.machine(index), self.places[index]
        given = ["--data", machine.data, "--key-file", machine.key_file, "--log", place.log]
        with place.errors.open("a") as errors:
            machine.process = place.spawn("keeper", "run", *given, *words, errors=errors.fileno())
        eventually(lambda: _seated(machine))


def _seated(machine: Machine) -> bool:
    assert machine.is_running, machine.data
    try:
        return machine.status().index > 0
    except DaoError:
        return False


@contextmanager
def working(home: Path, chain: Chain) -> Iterator[Evidence]:
    """Three keepers at work: one on two cores, one with a passphrase too, one with two nodes."""
    with proxied(chain.url, lambda _request: None) as proxy, founded(home, chain) as committee:
        places = {index: workplace(home / f"at-{index}") for index in committee.keepers}
        told = Evidence(committee, places, Operator(workplace(home / "operator")), proxy)
        committee.keepers[1].configure(cores=2)
        committee.keepers[3].configure(rpc=(chain.url, f"{proxy.url}/v3/{ACCESS_KEY}"), agree=2)
        for machine in committee.machines:
            give(machine.data, machine.key_file)
        words = protect(told.operator, committee.keepers[2])
        told.start(1)
        told.start(2, "--password-file", words)
        told.start(3)
        _know_keepers(told)
        yield told


# --- secrets --------------------------------------------------------------------------------


def _know_keepers(told: Evidence) -> None:
    found = told.secrets
    found["passphrase"] = PASSPHRASE.encode()
    found["mistyped passphrase"] = TYPED_WRONG.encode()
    found["short key file"] = SHORT_KEY
    found["access key"] = ACCESS_KEY.encode()
    found["release key"] = RELEASE_SECRET.raw
    for index, machine in told.committee.keepers.items():
        key = machine.key_file.read_bytes()
        words = PASSPHRASE.encode() if index == 2 else b""
        opened = open_keystore(machine.folder.keys, Unlock(words, key))
        found[f"key file of keeper {index}"] = key
        found[f"operator key of keeper {index}"] = opened.operator.raw
        found[f"sealing key of keeper {index}"] = opened.newest.raw


def made(told: Evidence, number: int, name: str = "") -> Submission:
    """A contribution whose key and shares are known from now on."""
    signed = told.committee.submission((ALICE, BOB)[number % 2], program(number), f"{number}.py")
    appraiser = sealing_secret(9, 1)
    hashed = record_hash(signed.record)
    key = open_for_appraiser(appraiser, signed.sealed_content_key, hashed)
    told.secrets[f"content key of {name or number}"] = key.raw
    dealt = deal(key, signed.record.contribution_id, told.committee.facts().committee)
    for index, share in enumerate(dealt.shares, 1):
        told.secrets[f"share {index} of {name or number}"] = share
    return signed


def bundle_key(bundle: bytes) -> bytes:
    """The key of a bundle that was handed over, as its buyer opens it."""
    return open_sealed(RELEASE_SECRET, read_header(bundle[:HEADER]).sealed_key)[-32:]


# --- what goes wrong ------------------------------------------------------------------------


def contribute(told: Evidence, count: int = 3) -> None:
    """Some contributions that all keepers take in, in one attested edition."""
    for number in range(count):
        signed = made(told, number)
        for index in told.committee.keepers:
            told.committee.hand_in(signed, index)
        told.committee.register(signed)
    told.committee.edition()


def hand_in_wrongly(told: Evidence) -> None:
    """Wrong intakes, and every secret of one contribution sent where it does not belong."""
    signed = made(told, 50, SPOILED)
    for index in told.committee.keepers:
        good = intake_of(signed, index)
        for wrong in wrong_intakes(good):
            told.ask(index, wrong)
        for name in (f"share {index}", "content key")[: 1 + (index == 1)]:
            secret = told.secrets[f"{name} of {SPOILED}"]
            for wrong in mistakes(good, secret):
                told.ask(index, wrong)
            for wrong in cut_off(secret):
                told.ask(index, wrong, leaving=True)


def break_intake(told: Evidence) -> None:
    """A defect with the share in hand that was just opened."""
    signed = made(told, 60)
    for index, place in told.places.items():
        place.tell("defect")
        told.ask(index, posted("/intake", intake_json(intake_of(signed, index))))
        assert told.answers[-1].startswith(b"HTTP/1.1 500 ")
        place.tell("")


def sell(told: Evidence) -> int:
    """A licence whose bundles everybody asks for before the grant is final; its number."""
    licence = told.committee.sell().request_id
    for index in told.committee.keepers:
        for wrong in wrong_bundles(licence):
            told.ask(index, wrong)
    return licence


def break_release(told: Evidence) -> None:
    """A defect with the shares of a licence in hand, in a worker and without one."""
    for place in told.places.values():
        place.tell("defect")
    told.committee.settle_down()
    for index in told.committee.keepers:
        eventually(partial(_has_failed, told, index))
        for path in ("/status", "/metrics", "/"):
            told.ask(index, request("GET", path))
        told.operator.fails("status", "--data", told.machine(index).data)


def _has_failed(told: Evidence, index: int) -> bool:
    return "keeper.failed" in told.logged(index)


def hold(told: Evidence) -> set[int]:
    """Let all keepers open shares of a licence and keep them; the processes that do."""
    for place in told.places.values():
        place.tell("hold")
    eventually(lambda: len(told.places[1].held()) == 2)
    eventually(lambda: all(place.held() for place in told.places.values()))
    return {process for place in told.places.values() for process in place.held()}


def let_go(told: Evidence) -> None:
    """Nothing is planted any more."""
    for place in told.places.values():
        place.tell("")


def deliver(told: Evidence, licence: int) -> None:
    """Receipts, hand-over, and the bundles' keys."""
    told.committee.deliver(licence)
    for index in told.committee.keepers:
        bundle = told.committee.bundle(licence, index)
        told.answers.append(bundle)
        told.secrets[f"bundle key of keeper {index}"] = bundle_key(bundle)


def lie(told: Evidence) -> None:
    """A keeper's second node hangs up, talks nonsense, and names another block as final."""
    for meddle in (_silence, _nonsense, _page, _refusal):
        before = told.places[3].log.read_text().count("keeper.paused")
        told.proxy.meddle = meddle
        eventually(partial(_paused_again, told, before))
        told.ask(3, request("GET", "/status"))
        told.ask(3, request("GET", "/attestations/1"))
    told.proxy.meddle = lambda _request: None


def _paused_again(told: Evidence, before: int) -> bool:
    return told.places[3].log.read_text().count("keeper.paused") > before


def _silence(_request: dict[str, object]) -> Answer:
    return 0, b""


def _nonsense(asked: dict[str, object]) -> Answer:
    result = {"number": "0x", "hash": seed("another block").hex()}
    return 200, json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()


def _page(_request: dict[str, object]) -> Answer:
    return 403, f"<html>no such project: /v3/{ACCESS_KEY}</html>".encode()


def _refusal(asked: dict[str, object]) -> Answer:
    error = {"code": -32001, "message": f"project /v3/{ACCESS_KEY} has used up its quota"}
    return 200, json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()
