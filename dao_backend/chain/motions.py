"""Reads what a motion would do: its calls, decoded with the ABIs of the DAO's own contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dao_backend.chain.abi import Function, Parameter
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.asking import Asking
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.decode import homes_of
from dao_backend.core.calls import Argument, Known, Step
from dao_backend.core.model import Address
from dao_backend.core.motion import Motion
from dao_backend.core.safeguards import MintingCaps
from dao_backend.errors import ChainUnavailable

_SELECTOR = 4


class MotionReads(Asking):
    """See `ports.motions.MotionReader`."""

    def steps(self, motion: Motion) -> tuple[Step, ...]:
        calls = zip(motion.targets, motion.values, motion.calldatas, strict=True)
        return tuple(Step(to, value, data, self._known(to, data)) for to, value, data in calls)

    def proposal_threshold(self) -> int:
        return self._ask(DataGovernor(self._addresses.governor).threshold(), None)

    def minting_caps(self) -> MintingCaps:
        return self._ask(DataRegistry(self._addresses.registry).caps(), None)

    def _known(self, target: Address, data: bytes) -> Known | None:
        """None for a foreign contract, an unknown function, and data that does not fit it."""
        name = next((each for each, at in homes_of(self._addresses).items() if at == target), None)
        function = None if name is None else _function(name, data)
        if name is None or function is None:
            return None
        try:
            values = function.arguments(data)
        except ChainUnavailable:
            return None
        return Known(name.value, function.name, tuple(_named(function.inputs, values)))


def _function(contract: ContractName, data: bytes) -> Function | None:
    """The function that these bytes call, if it is one of the contract's."""
    selector = data[:_SELECTOR]
    functions = abi_of(contract).functions.values()
    return next((each for each in functions if each.selector == selector), None)


def _named(
    parameters: Sequence[Parameter], values: Sequence[object], path: str = ""
) -> Iterator[Argument]:
    """Values under their names: `struct.field`, `list[1].field`, counted from 1 as seats are."""
    for number, (parameter, value) in enumerate(zip(parameters, values, strict=True), 1):
        name = path + (parameter.name.removesuffix("_") or f"argument {number}")
        if not parameter.components:
            yield Argument(name, value)
            continue
        for inner, struct in _structs(name, parameter, value):
            yield from _named(parameter.components, struct, f"{inner}.")


def _structs(
    name: str, parameter: Parameter, value: object
) -> Iterator[tuple[str, Sequence[object]]]:
    """Path and fields of one struct, or of each in a list."""
    assert isinstance(value, tuple), "structs and lists are decoded as tuples"
    if not parameter.kind.endswith("]"):
        yield name, value
        return
    for place, each in enumerate(value, 1):
        yield f"{name}[{place}]", each
