"""A service, and everything done wrong with it that can be; what it says is kept."""

from __future__ import annotations

import io
import secrets
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dao_backend.chain.signer import LocalSigner, create_keystore, open_keystore
from dao_backend.core.bundle import HEADER, read_header
from dao_backend.core.crypto import ContentKey, SecretKey, open_sealed
from dao_backend.core.message import Metadata
from dao_backend.core.model import Vote
from dao_backend.core.shares import open_share
from dao_backend.core.submission import Submission, submission_json
from dao_backend.custody.secrets import SecretStore
from dao_backend.demo.acts_selling import cast
from dao_backend.demo.inputs import CODE, COPIED, Item, standard_library, tables, worthless
from dao_backend.demo.story import Story
from dao_backend.keeper import intake, opening
from dao_backend.service import appraising, contributing
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.wiring.identities import Identities, open_identities
from dao_backend.wiring.serve import Service
from tests.support.running_dao import program

PASSPHRASE = "a passphrase that nobody else uses"
PASSWORD = "the password of Ada's keystore file"
MODULES = 5


@dataclass
class Run:
    """A service, what was said by it, and what must not be found."""

    service: Service
    story: Story
    data: Path
    log: io.StringIO
    said: list[str] = field(default_factory=list)
    """Error texts, tracebacks and answers over HTTP."""
    secrets: dict[str, bytes] = field(default_factory=dict)

    @property
    def identities(self) -> Identities:
        """The service's own keys, read from its folder."""
        return open_identities(self.data / "keys", secrets.token_bytes, 3)

    def provoke(self, act: Callable[[], object]) -> None:
        """Do what must fail, and keep everything that is said about it."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  # whatever it is, it may not tell
            self.said += [str(error), repr(error), *traceback.format_exception(error)]
            return
        pytest.fail("this was expected to fail")

    def ask(self, method: str, path: str, **content: Any) -> None:
        """One request; its answer is kept, whatever it is."""
        with httpx.Client(base_url=self.service.url, trust_env=False) as http:
            answer = http.request(method, path, **content)
        self.said.append(answer.text)


def items(work: Path) -> list[Item]:
    """A few real files of each member, the one that is copied among them."""
    found = [item.path for item in standard_library() if item.path.is_file()]
    copied = next(path for path in found if path.name == COPIED)
    modules = [copied, *(path for path in found if path != copied)][:MODULES]
    people = ("ada", "jon", "noor")
    turns = [Item(people[place % 3], CODE, path) for place, path in enumerate(modules)]
    return [*turns, *tables(), *worthless(work)]


def contribute_wrongly(run: Run) -> None:
    """Submissions that are wrong in every part, over HTTP."""
    story, good = run.story, fresh(run, 77)
    wrong = [
        replace(good, contributor_signature=bytes(65)),
        replace(good, nonce=bytes(32)),
        replace(good, sealed_shares=good.sealed_shares[::-1]),
        replace(good, sealed_shares=()),
        replace(good, commitments=good.commitments[::-1]),
        replace(good, sealed_content_key=good.sealed_content_key[:-1]),
        replace(good, sealed_content_key=good.sealed_shares[0]),
        replace(good, record=replace(good.record, length=1)),
    ]
    for each in wrong:
        run.provoke(lambda each=each: story.gateway.submit(each))
        run.ask("POST", "/v1/contributions", json=submission_json(each))
    run.ask("POST", "/v1/contributions", json={"record": "no record"})
    run.ask("POST", "/v1/contributions", content=b"{" * 1000)
    run.ask("POST", "/v1/drafts", content=program(78))
    ada, metadata = story.people["ada"].address, Metadata("text/x-python", "canary.py")
    draft = story.gateway.make_draft(ada, CODE, metadata, [program(79)])
    run.ask("POST", f"/v1/drafts/{draft['id']}/signature", json={"signature": "0x" + "00" * 65})


def buy_wrongly(run: Run) -> None:
    """Bundles asked for too early, by others, with other keys, and opened with the wrong one."""
    story, number = run.story, run.story.requests["acme"]
    for path in (f"/v1/licences/{number}/bundles", "/v1/licences/999/bundles"):
        run.ask("GET", path)
        run.ask("GET", path + "/1", headers={"range": "bytes=5-1"})
        run.ask("GET", path + "/9")
    blue = story.release_keys["blue"]
    whole = b"".join(story.gateway.bundle(number, 1))
    run.provoke(lambda: open_sealed(blue, read_header(whole[:HEADER]).sealed_key))


def break_inside(run: Run) -> None:
    """Defects where keepers, the appraiser and a client have secrets in their hands."""
    gateway, pending = run.story.gateway, run.service.system.pending
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(appraising, "check_dealing", defect)
        run.provoke(lambda: gateway.submit(fresh(run, 80)))
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(intake, "open_share", opened_then_defect)
        run.provoke(lambda: gateway.submit(fresh(run, 81)))
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(contributing, "seal_share", defect)
        run.provoke(lambda: fresh(run, 82))
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(pending, "add", defect)
        run.provoke(lambda: gateway.submit(fresh(run, 83)))
    sell_again(run)
    for keeper in run.service.system.local:
        with pytest.MonkeyPatch.context() as patches:
            patches.setattr(opening, "open_share", opened_then_defect)
            run.provoke(keeper.work)
            keeper.run(OneRound(), 0)


def fresh(run: Run, number: int) -> Submission:
    """A contribution of Ada's that nobody has seen, uploaded and signed."""
    story, ada = run.story, run.story.people["ada"]
    metadata = Metadata("text/x-python", "canary.py")
    wish = Wish(ada.address, CODE, metadata, [program(number)])
    sealed = seal_contribution(story.facts, wish, secrets.token_bytes, story.gateway.put_envelope)
    return sign(story.facts, sealed, ada)


def defect(*_args: object, **_named: object) -> None:
    """What nobody foresaw."""
    raise RuntimeError("a defect, with everything in scope")


def opened_then_defect(*args: Any) -> bytes:
    """Open a share, and fail with it in hand."""
    share = open_share(*args)
    raise RuntimeError(f"a defect, with {len(share)} bytes in scope")


class OneRound(threading.Event):
    """Stops a loop after its first round."""

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was asked before."""
        before = self.is_set()
        self.set()
        return before


def sell_again(run: Run) -> None:
    """A second licence for Acme, whose grant is final and whose bundles are not built."""
    story, system = run.story, run.service.system
    number = len(story.requests) + 1
    terms = system.chain.request(story.requests["acme"]).terms
    story.writer("acme").request(terms)
    proposal = system.chain.request(number).proposal_id
    story.pass_time(story.chain.record.parameters.voting.delay + 1)
    for member in story.voters:
        cast(story, proposal, Vote.FOR, member.address)
    story.pass_time(8 * 60)
    system.requests.advance(number)
    story.pass_time(61)
    system.requests.advance(number)
    story.settle_down()


def open_wrongly(run: Run, folder: Path) -> None:
    """Secrets at rest, opened with a wrong passphrase, damaged, or of a wrong length."""
    cheap = {"randomness": secrets.token_bytes}
    store = SecretStore(folder / "store", PASSPHRASE.encode(), **cheap)
    run.secrets["stored secret"] = store.secret("canary")
    wrong = SecretStore(folder / "store", b"another", **cheap)
    run.provoke(lambda: wrong.secret("canary"))
    path = folder / "store" / "canary.secret"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    run.provoke(lambda: store.secret("canary"))
    path.write_bytes(content)
    key = secrets.token_bytes(32)
    run.secrets["keystore key"] = key
    create_keystore(folder / "ada.json", PASSWORD, key, 2)
    run.provoke(lambda: open_keystore(folder / "ada.json", "not " + PASSWORD[:3]))
    run.provoke(lambda: create_keystore(folder / "ada.json", PASSWORD, key, 2))
    run.provoke(lambda: LocalSigner(key + b"\0"))
    run.provoke(lambda: LocalSigner(b"\xff" * 32))
    run.provoke(lambda: SecretKey(key[:-1]))
    run.provoke(lambda: ContentKey(key + key))
    run.said.append(repr(open_keystore(folder / "ada.json", PASSWORD)) + repr(SecretKey(key)))
