"""A contribution that broke off anywhere goes on: nothing is uploaded, or scored, twice."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path

import pytest

from dao_backend.cli.handing_in import Counter
from dao_backend.core.packing import hex_of
from dao_backend.core.submission import Submission
from dao_backend.errors import ServiceUnavailable
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.service.sources import Source, open_source
from dao_backend.wiring.client import Client, open_client
from dao_backend.wiring.outbox import Outbox
from tests.support.cli import (
    PASSWORD,
    SOURCE,
    Person,
    Town,
    end,
    left_over,
    running_town,
    settle_in,
    write_module,
)


def outbox_of(person: Person) -> Outbox:
    """Where their unfinished contributions lie."""
    return Outbox(person.home / ".config" / "ddao" / "unfinished")


def seal_and_keep(person: Person, client: Client, source: Source) -> str:
    """Go as far as the upload, as a run does that breaks off there; the contribution's id."""
    wallet = person.book.find("default")
    signer = person.book.open(wallet, PASSWORD)
    wish = Wish(signer.address, 0, source.metadata, source.blocks())
    put = client.gateway.put_envelope
    submission = sign(
        client.facts, seal_contribution(client.facts, wish, secrets.token_bytes, put), signer
    )
    outbox = outbox_of(person)
    name = outbox.name(source, signer.address, client.facts.addresses.registry, 0)
    outbox.keep(name, submission)
    return hex_of(submission.record.contribution_id)


def give_again(person: Person, path: Path) -> dict[str, object]:
    """Contribute the same path once more; what became of it."""
    (given,) = person.signs("contribute", path, "--collection", SOURCE)["contributions"]
    assert isinstance(given, dict)
    return given


def test_contribute__broke_off_after_the_upload__goes_on(
    town: Town, alice: Person, tmp_path: Path
) -> None:
    """The submission that was kept is handed in: same id, and the overview names it until then."""
    path = write_module(tmp_path / "a.py", 701)
    client = open_client(town.url)
    kept = seal_and_keep(alice, client, open_source(path, client.facts.max_bytes))
    client.close()
    assert alice.does("status")["unfinished"] == [kept]
    given = give_again(alice, path)
    assert (given["contributionId"], given["registered"]) == (kept, True)
    assert alice.does("status")["unfinished"] == []


def test_contribute__appraisal_expired_meanwhile__gets_a_new_one(
    town: Town, alice: Person, tmp_path: Path
) -> None:
    """Content that waited longer than its appraisal is not taken for a copy of itself."""
    path = write_module(tmp_path / "a.py", 702)
    client = open_client(town.url)
    source = open_source(path, client.facts.max_bytes)
    kept = seal_and_keep(alice, client, source)
    name = outbox_of(alice).name(source, alice.book.find("default").address,
                                 client.facts.addresses.registry, 0)  # fmt: skip
    submission = outbox_of(alice).find(name)
    assert submission is not None
    assert client.gateway.submit(submission).appraisal is not None
    client.close()
    town.later(3601)
    given = give_again(alice, path)
    assert (given["contributionId"], given["registered"]) == (kept, True)


def test_contribute__file_changed_meanwhile__is_sealed_anew(
    town: Town, alice: Person, tmp_path: Path
) -> None:
    """What was kept belongs to the old content and is not handed in for the new."""
    path = write_module(tmp_path / "a.py", 703)
    client = open_client(town.url)
    kept = seal_and_keep(alice, client, open_source(path, client.facts.max_bytes))
    client.close()
    write_module(path, 704, count=31)
    assert give_again(alice, path)["contributionId"] != kept


def test_contribute__kept_submission_damaged__is_sealed_anew(
    town: Town, alice: Person, tmp_path: Path
) -> None:
    """A file that cannot be read stands in nobody's way."""
    path = write_module(tmp_path / "a.py", 705)
    client = open_client(town.url)
    seal_and_keep(alice, client, open_source(path, client.facts.max_bytes))
    client.close()
    for file in (alice.home / ".config" / "ddao" / "unfinished").iterdir():
        file.write_bytes(b"{")
    assert give_again(alice, path)["registered"]


class Interrupting(Outbox):
    """Ends the service at the moment in which a submission has been kept."""

    def __init__(self, folder: Path, town: Town) -> None:
        super().__init__(folder)
        self._town = town

    def keep(self, name: str, submission: Submission) -> None:
        """The envelope is uploaded, nothing is handed in yet."""
        super().keep(name, submission)
        end(self._town.process, signal.SIGKILL)


def test_give__service_crashes_after_the_upload__goes_on_after_its_restart(
    tmp_path: Path,
) -> None:
    """Neither the crash of the service nor that of the command costs the contributor anything."""
    home = tmp_path / "home"
    person = settle_in(home)
    path = write_module(tmp_path / "a.py", 706)
    with running_town(home) as town:
        client = open_client(town.url)
        source = open_source(path, client.facts.max_bytes)
        signer = person.book.open(person.book.find("default"), PASSWORD)
        outbox = Interrupting(home / ".config" / "ddao" / "unfinished", town)
        counter = Counter(client, client.facts.collections[0], signer, outbox)
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            counter.give(source, lambda _done: None)
        client.close()
    (kept,) = outbox.ids()
    with running_town(home) as town:
        person.does("init", "--service", town.url)
        given = give_again(person, path)
    assert (given["contributionId"], given["registered"]) == (kept, True)
    assert left_over(home) == []
