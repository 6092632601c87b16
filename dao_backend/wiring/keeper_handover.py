"""Who succeeds a keeper at its index, as the final chain has it, and its operator's word on it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from dao_backend.core.model import Keeper as Seat
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import NotFound, Refused
from dao_backend.wiring.keeper import open_chain
from dao_backend.wiring.keeper_files import KeeperFolder, read_config, read_record, read_seat
from dao_backend.wiring.keeper_seat import seat_index


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who sits at this keeper's index in one epoch."""

    epoch: int
    seat: Seat
    is_own: bool
    """Whether this keeper's operator account has the seat."""
    is_holding: bool
    """Whether the seat's keeper has confirmed that it holds all shares dealt before."""
    is_approved: bool
    """Whether this keeper hands its shares over to it."""


@dataclass(frozen=True, slots=True)
class Succession:
    """All epochs of one index, first to newest, in a final block."""

    index: int
    serving: int
    """The epoch whose committee attests and delivers."""
    tenures: tuple[Tenure, ...]

    def successor(self, epoch: int) -> tuple[Tenure, Tenure]:
        """This keeper's last seat before `epoch`, and the one that follows; Refused, NotFound."""
        follows = next((each for each in self.tenures if each.epoch == epoch), None)
        if follows is None:
            raise NotFound(f"the final chain has no epoch {epoch} yet")
        if follows.is_own:
            raise Refused(f"this keeper keeps its seat in epoch {epoch}: there is no handover")
        own = [each for each in self.tenures if each.is_own and each.epoch < epoch]
        if not own:
            raise Refused(f"this keeper had no seat before epoch {epoch}: it has nothing to give")
        return own[-1], follows


def succession(data: Path) -> Succession:
    """What the final chain says; ChainUnavailable, NodesDisagree, Refused without a seat."""
    folder = KeeperFolder(data)
    config = read_config(folder)
    chain, nodes = open_chain(config, read_record(folder, config))
    with ExitStack() as stack:
        for node in nodes:
            stack.callback(node.close)
        stack.callback(chain.close)
        custody = stack.enter_context(closing(SqliteCustody(folder.custody)))
        operator, final = read_seat(folder).operator, chain.finalized()
        index = seat_index(chain, operator, final)
        if not index:
            raise Refused(f"the final chain names operator {operator} in no committee yet")
        tenures = []
        for epoch in range(1, chain.current_epoch(final.number) + 1):
            seat = chain.committee(epoch, final.number).keepers[index - 1]
            tenures.append(
                Tenure(
                    epoch,
                    seat,
                    is_own=seat.operator == operator,
                    is_holding=epoch == 1 or chain.is_holding(epoch, index, final.number),
                    is_approved=config.approve_handovers or custody.handover_approved(epoch, seat),
                )
            )
        return Succession(index, chain.serving_epoch(final.number), tuple(tenures))


def approve(data: Path, successor: Tenure) -> None:
    """Agree to hand over to this seat as it was shown; the keeper may run meanwhile."""
    with closing(SqliteCustody(KeeperFolder(data).custody)) as custody:
        custody.approve_handover(successor.epoch, successor.seat)
