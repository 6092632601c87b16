"""What a proposal would do, call by call."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hex, Model
from dao_backend.core.calls import Step
from dao_backend.core.packing import hex_of


class ArgumentShape(Model):
    """One argument, or one field of a struct."""

    name: str = Field(examples=["offer.unitPrice"])
    value: str = Field(description="As it stands in the call.", examples=["1000000000000000"])
    words: str = Field(description="The same for people.", examples=["0.001 ether"])


class CallShape(Model):
    """A call that the timelock makes once the proposal is carried out."""

    target: Account
    value: Decimal = Field(description="Native coin of the DAO that goes with it, in wei.")
    data: Hex
    contract: str | None = Field(
        description="Null where it is none of the DAO's contracts, or no function of them.",
        examples=["OfferDesk"],
    )
    function: str | None = Field(examples=["publish"])
    arguments: list[ArgumentShape]
    sentence: str = Field(description="What it does.")

    @classmethod
    def of(cls, step: Step) -> CallShape:
        """From the core's value."""
        known = step.known
        return cls(
            target=step.target,
            value=str(step.value),
            data=hex_of(step.data),
            contract=None if known is None else known.contract,
            function=None if known is None else known.function,
            arguments=[
                ArgumentShape(name=each.name, value=each.exact, words=step.words(each))
                for each in (() if known is None else known.arguments)
            ],
            sentence=step.sentence,
        )
