"""What members put to the vote: reading what a motion would do, and proposing one.

Parts of the ports in ports/chain.py, which say when they raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dao_backend.core.calls import Step
from dao_backend.core.model import Address, Keeper
from dao_backend.core.motion import Motion
from dao_backend.core.safeguards import MintingCaps
from dao_backend.ports.sent import Sent


class MotionReader(Protocol):
    """What may be proposed by whom, and what it would do."""

    def steps(self, motion: Motion) -> tuple[Step, ...]:
        """The motion's calls, decoded where they are of the DAO's own contracts; asks nobody."""
        ...

    def proposal_threshold(self) -> int:
        """Votes that proposing takes."""
        ...

    def minting_caps(self) -> MintingCaps:
        """What may be minted in one window."""
        ...


class MotionWriter(Protocol):
    """Proposals about who may appraise, who may pause, and who keeps."""

    def propose_appraiser(
        self, appraiser: Address, sealing_key: bytes, endpoint: str, description: str
    ) -> Sent: ...

    def propose_appraiser_end(self, appraiser: Address, description: str) -> Sent: ...

    def propose_caps(self, caps: MintingCaps, description: str) -> Sent: ...

    def propose_guardian(self, guardian: Address, mandate_until: int, description: str) -> Sent: ...

    def propose_committee(self, keepers: Sequence[Keeper], description: str) -> Sent:
        """Propose who keeps in the next epoch; in the order of their indexes."""
        ...
