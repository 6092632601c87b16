"""A sale of one edition, under terms of the test's choosing, on a stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dao_backend.chain.writer import Writer
from dao_backend.core.events import Requested
from dao_backend.core.model import Terms
from dao_backend.core.typed import Message, digest
from tests.support.local_dao import BUYER
from tests.support.stand import Stand

MODULES = {1: "argparse", 2: "textwrap"}
"""What stands in the edition, by member."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A filed request and the people around it."""

    stand: Stand
    edition: int
    request: Requested

    @property
    def number(self) -> int:
        """Of the request, and of its licence."""
        return self.request.request_id

    @property
    def buyer(self) -> Writer:
        """The buyer's own transactions."""
        return self.stand.dao.writer(BUYER)

    def licence(self, part: str = "", **query: str | int) -> Any:
        """What the API says of the licence, or of a part of it."""
        return self.stand.get(f"/v1/licences/{self.number}{part}", **query)

    def delivered(self) -> Deal:
        """Voted, granted, receipts final, everything indexed."""
        self.stand.dao.grant(self.request, *MODULES)
        self.stand.follow()
        return self

    def settled(self) -> Deal:
        """Delivered, and the price the members'."""
        self.delivered().stand.post(f"/v1/requests/{self.number}/settlement")
        self.stand.follow()
        return self

    def pass_time(self, seconds: int) -> None:
        """Let chain time pass, final and indexed."""
        self.stand.dao.chain.time.advance(seconds)
        self.stand.follow()

    def pass_until(self, moment: int) -> None:
        """Let chain time pass beyond a moment."""
        self.pass_time(moment - self.now() + 1)

    def now(self) -> int:
        """Chain time."""
        return self.stand.dao.reader.head().timestamp

    def signed(self, number: int, contract: str, message: Message) -> bytes:
        """The signature of the account of that number."""
        domain = self.stand.dao.addresses.domain(contract)
        return self.stand.dao.chain.signer(number).sign_digest(digest(domain, message))

    def reasons(self) -> list[str | None]:
        """Why each keeper does not hand over."""
        return [row["reason"] for row in self.licence("/bundles")["rows"]]


def deal(stand: Stand, terms: Terms) -> Deal:
    """An edition of two members, and a request for it under these terms."""
    for member, module in MODULES.items():
        stand.registered(member, module)
    edition = stand.edition()
    return Deal(stand, edition, stand.dao.file(terms))
