"""DisputeDesk: a buyer that got receipts but no data."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.bargains import Verdict
from dao_backend.core.model import Address
from dao_backend.ports.bargains import Dispute, DisputeRules

_Found = tuple[Address, int, int, Address, bool, int, bytes, bytes]


class DisputeDesk(Contract):
    """See contracts/interfaces/IDisputeDesk.sol."""

    name = ContractName.DISPUTES

    def open(self, request_id: int, claim_hash: bytes, value: int) -> Action:
        """Dispute a delivery; `value` is the bond, where the price is in native coin."""
        return self._act("open", request_id, claim_hash, value=value)

    def rule(self, request_id: int, *, upheld: bool, reason_hash: bytes) -> Action:
        """Decide; the arbiter's."""
        return self._act("rule", request_id, upheld, reason_hash)

    def take_bond(self, request_id: int, to: Address) -> Action:
        """Take the bond back, of an upheld dispute or one that nobody ruled in time."""
        return self._act("takeBond", request_id, to)

    def forfeit_bond(self, request_id: int) -> Action:
        """Send the bond of a rejected dispute to the members of the edition."""
        return self._act("forfeitBond", request_id)

    def receipts_stand(self, request_id: int) -> Call[bool]:
        """Whether no dispute can come any more, and none was upheld."""
        return self._value("receiptsStand", request_id)

    def dispute(self, request_id: int) -> Call[Dispute]:
        """The dispute about a request; its verdict is NONE where there is none."""

        def read(values: _Found) -> Dispute:
            buyer, verdict, rule_by, asset, paid, bond, claim, reason = values
            return Dispute(
                request_id=request_id,
                buyer=buyer,
                verdict=Verdict(verdict),
                rule_by=rule_by,
                asset=asset,
                bond=bond,
                bond_paid=paid,
                claim_hash=claim,
                reason_hash=reason,
            )

        return self._ask("disputeOf", request_id, read=read)

    def bond(self, request_id: int) -> Call[int]:
        """What a dispute needs, in the request's asset."""
        return self._value("bondOf", request_id)

    def rules(self) -> Call[DisputeRules]:
        """Window, ruling period and bond."""
        return self._ask("settings", read=DisputeRules)
