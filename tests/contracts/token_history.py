"""Random histories of one token and a plain model of what every account's votes must then be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, assert_never

from tests.contracts.actors import call_of
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.token_stand import COLLECTIONS, Mode, deploy_token

if TYPE_CHECKING:
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

Call = tuple[str, bytes]


def weight(mode: Mode, units: int) -> int:
    """Votes that `units` of one member give, by their definition."""
    match mode:
        case Mode.PER_UNIT:
            return units
        case Mode.PER_MEMBER:
            return min(units, 1)
        case Mode.SQUARE_ROOT:
            return isqrt(units)
        case _:
            assert_never(mode)


class History:
    """One random history, made on the token and on OpenZeppelin's in the same transactions.

    Wallets play the registry and the members, so that several changes share one timestamp.
    """

    def __init__(
        self, project: ProjectManager, chain: ChainManager, accounts: AccountManager, mode: Mode
    ) -> None:
        self.chain, self.owner, self.mode = chain, accounts[0], mode
        self.wallets = [self.owner.deploy(project.BatchWallet, self.owner) for _ in range(5)]
        self.members: Sequence[ContractInstance] = self.wallets[1:]
        self.stand = deploy_token(project, chain, accounts, mode, self.wallets[0])
        self.oracle = self.owner.deploy(project.OracleVotes)
        self.held = dict.fromkeys(((m, c) for m in range(4) for c in range(COLLECTIONS)), 0)
        self.tenures = [0] * 4
        self.delegates = list(range(4))
        self.moments: list[int] = []

    def step(self, dice: random.Random) -> None:
        """Make one to three changes in one transaction."""
        if dice.random() < 0.4:
            giver, calls = dice.randrange(4), []
            for _ in range(dice.randint(1, 2)):
                calls += self._delegate(giver, dice.randint(0, 4))
            return self._send(self.members[giver], calls)
        calls = [call for _ in range(dice.randint(1, 3)) for call in self._change(dice)]
        return self._send(self.wallets[0], calls)

    def units_of(self, member: int) -> int:
        """Units that the model's member holds."""
        return sum(self.held[member, collection] for collection in range(COLLECTIONS))

    def votes(self) -> list[int]:
        """Votes of every member: the weights of those who vote through it."""
        votes = [0] * 4
        for member, delegatee in enumerate(self.delegates):
            votes[delegatee] += weight(self.mode, self.units_of(member))
        return votes

    def _delegate(self, giver: int, taker: int) -> list[Call]:
        """Four means nobody, which is the giver."""
        self.delegates[giver] = giver if taker == 4 else taker
        target = [*self.members, NOBODY][taker]
        return [
            call_of(self.stand.token, "delegate", target),
            call_of(self.oracle, "delegateAs", self.members[giver], target),
        ]

    def _change(self, dice: random.Random) -> list[Call]:
        place = dice.choice(list(self.held))
        if self.units_of(place[0]) > 0 and dice.random() < 0.2:
            return self._leave(place[0])
        member, tenure = self.members[place[0]], self.tenures[place[0]]
        burns = self.held[place] > 0 and dice.random() < 0.5
        units = dice.randint(1, self.held[place] if burns else 1000)
        self.held[place] += -units if burns else units
        method, terms = ("burn", (units, tenure)) if burns else ("mint", (units,))
        return [
            call_of(self.stand.token, method, member, place[1], *terms),
            call_of(self.oracle, method, member, units),
        ]

    def _leave(self, member: int) -> list[Call]:
        wallet, units = self.members[member], self.units_of(member)
        self.held |= {(member, collection): 0 for collection in range(COLLECTIONS)}
        self.tenures[member] += 1
        return [
            call_of(self.stand.token, "burnAll", wallet),
            call_of(self.oracle, "burn", wallet, units),
        ]

    def _send(self, wallet: ContractInstance, calls: list[Call]) -> None:
        receipt = wallet.execute(calls, sender=self.owner)
        self.moments.append(int(receipt.timestamp))
