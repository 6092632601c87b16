"""Verbs of a strike, and a strike alone with settings of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.core.model import Address
from dao_backend.core.typed_members import Pledge
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, Dao, sign

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

PLEDGING = HOUR
DURATION = HOUR
"""Those of deployments/local.yaml."""
REASON = "The last licence was misused"
MOST = (10_000, 30 * DAY, 60 * DAY)
LEAST = (2_500, 60, 60)


def deploy(
    project: ProjectManager, deployer: AccountAPI, token: object, settings: tuple[int, int, int]
) -> ContractInstance:
    """A strike of its own over any token."""
    return deployer.deploy(project.DataStrike, (token,) * 13, settings)


def call(dao: Dao, member: AccountAPI) -> int:
    """Call to strike; give the call's number."""
    dao.strike.call(REASON, sender=member)
    return int(dao.strike.strikeCount())


def pledge_by_signature(
    dao: Dao, signer: AccountAPI, member: object, strike_id: int | None = None
) -> ReceiptAPI:
    """Have a stranger carry a pledge of `member`, signed by `signer`, to the newest call."""
    signed = sign_pledge(dao, signer, member, strike_id)
    return dao.strike.pledgeFor(member, signed, sender=dao.stranger)


def sign_pledge(
    dao: Dao, signer: AccountAPI, member: object, strike_id: int | None = None
) -> bytes:
    """A signed pledge to `strike_id`, by default the newest call."""
    number = dao.strike.strikeCount() if strike_id is None else strike_id
    where = Address(str(getattr(member, "address", "")))
    return sign(signer, dao.domain(dao.strike), Pledge(number, where))


def pass_deadline(dao: Dao) -> None:
    """Go past the last second in which a pledge counts."""
    dao.go_to(dao.strike.strikeOf(dao.strike.strikeCount()).deadline + 1)
