"""What a contract's refusal looks like to a person."""

from __future__ import annotations

import string

import pytest
from eth_abi import encode

from dao_backend.chain.abi import CustomError, Parameter
from dao_backend.chain.refusals import explain, known_errors, refusal
from dao_backend.chain.sentences import SENTENCES
from dao_backend.core.packing import keccak256
from dao_backend.errors import ContractRefused

BUILT_IN = {"Error", "Panic"}
CUSTOM = sorted(known_errors().values(), key=lambda error: error.name)


def _reverted(signature: str, *arguments: object) -> ContractRefused:
    kinds = signature[signature.index("(") + 1 : -1]
    selector = keccak256(signature.encode())[:4]
    return refusal(selector + encode(kinds.split(",") if kinds else [], arguments))


def _sample(parameter: Parameter) -> object:
    samples = {"address": "0x" + "11" * 20, "string": "text", "bytes32": bytes(31) + b"\x06"}
    if parameter.kind.startswith("("):
        return (1, 1, 1, 1)
    return samples.get(parameter.kind, 1)


def test_refusal__no_data__says_what_the_node_said() -> None:
    """A revert without a reason keeps the node's own words."""
    error = refusal(b"", "execution reverted")
    assert (error.name, error.arguments) == ("", {})
    assert "execution reverted" in str(error)


def test_refusal__unknown_selector__is_named_by_it() -> None:
    """An error of some other contract can still be looked up."""
    assert refusal(bytes.fromhex("deadbeef") + bytes(32)).name == "0xdeadbeef"


def test_refusal__damaged_arguments__keeps_the_name() -> None:
    """Bytes that end too early do not hide which error it was."""
    selector = keccak256(b"EditionUnknown(uint40)")[:4]
    assert refusal(selector + bytes(3)).name == "EditionUnknown"


def test_refusal__revert_with_a_text__is_that_text() -> None:
    """Solidity's plain reasons are shown as they are."""
    assert str(_reverted("Error(string)", "not today")) == "not today"


def test_refusal__panic__is_explained() -> None:
    """An arithmetic panic is told in words."""
    assert "too large" in str(_reverted("Panic(uint256)", 0x11))


def test_refusal__times_and_states__are_readable() -> None:
    """Unix seconds become a date, enumerations become words, bytes become hexadecimal digits."""
    late = _reverted("TooLateToExecute(uint64,uint48,uint256)", 7, 1_700_000_000, 1_700_000_060)
    assert "by 2023-11-14 22:13:20 UTC" in str(late)
    assert late.arguments == {
        "requestId": 7,
        "executeBy": 1_700_000_000,
        "timestamp": 1_700_000_060,
    }
    assert "Request 7 is refunded" in str(_reverted("RequestNotPending(uint64,uint8)", 7, 4))
    state = "GovernorUnexpectedProposalState(uint256,uint8,bytes32)"
    only_active = (1 << 1).to_bytes(32, "big")
    assert "is pending" in str(_reverted(state, 5, 0, only_active))
    assert "only while it is active" in str(_reverted(state, 5, 0, only_active))
    assert "(evaluate, research)" in str(_reverted("PurposesNotOffered(uint32,uint32)", 1, 20))


def test_sentences__every_error_of_the_contracts__has_one() -> None:
    """No custom error reaches a user without a sentence, and no sentence is left over."""
    assert {error.name for error in CUSTOM} - BUILT_IN == set(SENTENCES)


@pytest.mark.parametrize("error", CUSTOM, ids=lambda error: error.name)
def test_sentence__of_each_error__uses_only_its_arguments(error: CustomError) -> None:
    """A sentence can always be filled in, and says something about a value where there is one."""
    arguments = {parameter.name: _sample(parameter) for parameter in error.inputs}
    if error.name in BUILT_IN:
        arguments = {"message": "text", "code": 1}
    told = explain(error, arguments)
    assert told
    assert "{" not in told
    if error.name not in BUILT_IN:
        fields = {field for _, field, _, _ in string.Formatter().parse(SENTENCES[error.name])}
        assert fields - {None} <= set(arguments)
