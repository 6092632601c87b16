"""Opening shares on several cores: the same bytes, named failures, and no worker left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dao_backend.core.crypto import SecretKey
from dao_backend.core.shares import GAP, seal_share, seat_of
from dao_backend.errors import NotFound, ResourceError, ShareError
from dao_backend.keeper.office import Keyring, Office
from dao_backend.keeper.opening import Batch, Sealed, open_all
from tests.support.core_actors import committee, dealt, sealing_secret, seed
from tests.support.shelf_server import eventually

MEMBERS = committee(2, 3)
INDEX = 2
CORES = (1, 2)


def sealed(number: int) -> Sealed:
    """Keeper 2's share of contribution `number`."""
    one = dealt(number, MEMBERS)
    seat = seat_of(one.record, MEMBERS, INDEX)
    own = sealing_secret(1, INDEX).public
    share = seal_share(own, seat, one.dealing.shares[INDEX - 1])
    commitment = one.dealing.commitments[INDEX - 1]
    return Sealed(
        seat.contribution_id, seat.record_hash, seat.committee_hash, commitment, share, own
    )


BATCHES: list[list[Sealed]] = [[sealed(3 * batch + at) for at in range(3)] for batch in range(7)]
SHARES = b"".join(dealt(number, MEMBERS).dealing.shares[INDEX - 1] for number in range(21))


def office(cores: int, secret: SecretKey | None = None) -> Office:
    """What opening needs of one."""
    unused: dict[str, object] = dict.fromkeys(
        (
            "operator",
            "chain",
            "relay",
            "custody",
            "book",
            "bundles",
            "randomness",
            "clock",
            "reach",
            "room",
        )
    )
    keys = Keyring([secret or sealing_secret(1, INDEX)])
    return Office(index=INDEX, keys=keys, cores=cores, **unused)  # type: ignore[arg-type]


def moved(batches: list[list[Sealed]]) -> None:
    """A share is put where another contribution's belongs."""
    batches[4][1] = batches[4][1]._replace(sealed_share=batches[0][0].sealed_share)


def broken(batches: list[list[Sealed]]) -> None:
    """A bit of a box is flipped."""
    box = batches[4][1].sealed_share
    batches[4][1] = batches[4][1]._replace(sealed_share=box[:-1] + bytes([box[-1] ^ 1]))


def other_commitment(batches: list[list[Sealed]]) -> None:
    """The commitment is another share's."""
    batches[4][1] = batches[4][1]._replace(commitment=seed("commitment"))


def other_record(batches: list[list[Sealed]]) -> None:
    """The record on chain is not the one that the share was sealed for."""
    batches[4][1] = batches[4][1]._replace(record_hash=seed("record"))


@pytest.mark.parametrize("cores", CORES)
@pytest.mark.parametrize("spoil", [moved, broken, other_commitment, other_record])
def test_open_all__one_bad_share__names_its_contribution(
    cores: int, spoil: Callable[[list[list[Sealed]]], None]
) -> None:
    """Among many thousands, the operator is told which one to look at."""
    batches = [list(batch) for batch in BATCHES]
    spoil(batches)
    with pytest.raises(ShareError, match=f"0x{BATCHES[4][1].contribution_id.hex()}"):
        list(open_all(office(cores), batches))


@pytest.mark.parametrize("cores", CORES)
def test_open_all__sealed_to_another_key__is_not_found(cores: int) -> None:
    """A key that is not in the keystore is named, in a worker too."""
    missing = sealing_secret(1, INDEX).public.hex()
    with pytest.raises(NotFound, match=missing):
        list(open_all(office(cores, sealing_secret(1, 1)), BATCHES))


def test_open_all__worker_killed__says_so_and_leaves_no_process() -> None:
    """A worker that dies takes the build with it, not the keeper."""
    killed: set[int] = set()

    def batches() -> Iterator[Batch]:
        for number, batch in enumerate(BATCHES * 20):
            if number == 60:
                killed.update(workers_of(os.getpid()))
                os.kill(min(killed), signal.SIGKILL)
            yield batch

    with pytest.raises(ResourceError, match="ended before its work was done"):
        list(open_all(office(2), batches()))
    eventually(lambda: not any(map(is_running, killed)))


def test_open_all__not_read_to_the_end__leaves_no_process() -> None:
    """A store that is full stops the build, and its workers with it."""
    opening = open_all(office(2), BATCHES * 20)
    assert next(opening) == SHARES[:96]
    started = workers_of(os.getpid())
    opening.close()
    assert len(started) == 2
    eventually(lambda: not any(map(is_running, started)))


def test_open_all__keeper_killed__its_workers_end_too(tmp_path: Path) -> None:
    """Nobody is left who holds the secret keys."""
    program = tmp_path / "keeper.py"
    program.write_text(
        textwrap.dedent("""
            import sys, time
            from tests.keeper.test_opening import BATCHES, office
            from dao_backend.keeper.opening import open_all

            if __name__ == "__main__":
                opening = open_all(office(2), BATCHES * 20)
                next(opening)
                print("open", flush=True)
                time.sleep(600)
        """)
    )
    here = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, env=here
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"open\n"
        started = workers_of(keeper.pid)
        keeper.kill()
    assert len(started) == 2
    eventually(lambda: not any(map(is_running, started)))


def test_open_all__in_workers__keys_stand_in_no_argument_or_environment() -> None:
    """What `ps` shows of a worker says nothing."""
    opening = open_all(office(2), BATCHES * 20)
    next(opening)
    raw = sealing_secret(1, INDEX).raw
    for worker in workers_of(os.getpid()):
        for what in ("cmdline", "environ"):
            shown = Path(f"/proc/{worker}/{what}").read_bytes()
            assert raw not in shown
            assert raw.hex().encode() not in shown.lower()
    opening.close()


@pytest.mark.parametrize("cores", CORES)
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_open_all__any_number_of_batches__is_every_share_in_order(cores: int, count: int) -> None:
    """Several workers give the same bytes as one process, whatever finishes first."""
    assert b"".join(open_all(office(cores), BATCHES[:count])) == SHARES[: count * 3 * 32]


@pytest.mark.parametrize("cores", CORES)
def test_open_all__nothing_is_sealed__is_refused_and_no_gap(cores: int) -> None:
    """A share whose bytes are lost is damaged: only what was left out on purpose leaves a gap."""
    batches = [list(batch) for batch in BATCHES]
    batches[4][1] = batches[4][1]._replace(sealed_share=b"")
    with pytest.raises(ShareError, match=f"0x{BATCHES[4][1].contribution_id.hex()}"):
        list(open_all(office(cores), batches))


@pytest.mark.parametrize("cores", CORES)
@pytest.mark.parametrize("gaps", [{0}, {20}, {4, 5, 6, 13}, set(range(3, 9)), set(range(21))])
def test_open_all__gaps__stand_in_their_places(cores: int, gaps: set[int]) -> None:
    """What is left out moves nothing else, in whole batches of it too."""
    batches = [
        [None if 3 * number + at in gaps else each for at, each in enumerate(batch)]
        for number, batch in enumerate(BATCHES)
    ]
    expected = [
        GAP if place in gaps else SHARES[32 * place : 32 * place + 32] for place in range(21)
    ]
    assert b"".join(open_all(office(cores), batches)) == b"".join(expected)


def test_open_all__two_batches_or_fewer_cores__starts_no_process() -> None:
    """A worker takes longer to begin than one batch takes to open."""
    opening = open_all(office(2), BATCHES[:1])
    next(opening)
    assert workers_of(os.getpid()) == []
    opening.close()


def workers_of(parent: int) -> list[int]:
    """Worker processes of a keeper: Python's resource tracker is none."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            line = (folder / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if int(stat[1]) == parent and b"spawn_main" in line:
            found.append(int(folder.name))
    return found


def is_running(process: int) -> bool:
    """Whether it has not ended; one that nobody has waited for yet has."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
