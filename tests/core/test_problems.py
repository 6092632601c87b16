"""Problem documents: every error of the tree comes out of one as it went in."""

from __future__ import annotations

import json

import pytest

from dao_backend import errors
from dao_backend.core.problems import document_of, document_of_unforeseen, error_in
from dao_backend.errors import (
    ContractRefused,
    DaoError,
    InputError,
    NodesDisagree,
    NotFound,
    NotReleased,
    ServiceUnavailable,
    ShareMismatch,
)

PLAIN = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, DaoError)
    and kind not in (ContractRefused, ShareMismatch)
]


class _OneOfOurs(NotFound):
    """An adapter's own."""


def through(error: DaoError) -> DaoError:
    """What a client raises for an error of its server."""
    return error_in(json.loads(json.dumps(document_of(error, "/here"))))


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "text",
        {},
        {"type": "/problems/NotFound"},
        {"type": "/problems/ShareMismatch", "detail": "no", "index": "first"},
        {"type": "/problems/ShareMismatch", "detail": "no"},
        {"type": "/problems/ContractRefused", "detail": "no", "error": "A", "arguments": 7},
        {"type": "/problems/ContractRefused", "detail": "no"},
    ],
)
def test_error_in__no_problem_document__is_refused(found: object) -> None:
    """What is not in this form, whole, is not taken for an error of the tree."""
    with pytest.raises(InputError, match="no problem document"):
        error_in(found)


@pytest.mark.parametrize("name", ["Unexpected", "annotations", "ClassVar", "__doc__", ""])
def test_error_in__class_unknown_here__is_the_base_of_the_tree(name: str) -> None:
    """A name that is no class of ours calls nothing, and its sentence is kept."""
    error = error_in({"type": f"/problems/{name}", "detail": "something"})
    assert type(error) is DaoError
    assert str(error) == "something"


def test_error_in__sentence_of_a_stranger__is_cut_and_harmless_on_a_terminal() -> None:
    """A server cannot steer its reader's terminal, nor fill it."""
    error = error_in({"type": "/problems/NotFound", "detail": "\x1b[2J" + "x" * 10_000})
    assert str(error).startswith(" [2Jxx")
    assert len(str(error)) == 2_000


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
def test_error__through_a_document__is_the_same(kind: type[DaoError]) -> None:
    """Class and sentence of every error reach the client."""
    again = through(kind("the reason"))
    assert type(again) is kind
    assert str(again) == "the reason"


def test_error__with_more_to_say__keeps_it() -> None:
    """Names, arguments, reasons and indexes travel too."""
    refused = through(ContractRefused("TooEarly", {"at": 2**70, "by": b"\x01"}, "too early"))
    assert isinstance(refused, ContractRefused)
    assert (refused.name, str(refused)) == ("TooEarly", "too early")
    assert refused.arguments == {"at": str(2**70), "by": "0x01"}
    share = through(ShareMismatch("not this one", 3))
    assert isinstance(share, ShareMismatch)
    assert share.index == 3
    for reason in ("lapsed", None):
        released = through(NotReleased("no", reason))
        assert isinstance(released, NotReleased)
        assert released.reason == reason


def test_error__of_an_adapters_own_class__is_shown_as_its_ancestor() -> None:
    """What is private stays private."""
    assert type(through(_OneOfOurs("gone"))) is NotFound


def test_document__of_the_unforeseen__says_a_number_and_nothing_else() -> None:
    """Only the log knows more."""
    found = document_of_unforeseen("12ab", "the keeper's", "/status")
    assert found["number"] == "12ab"
    assert found["status"] == 500
    assert found["detail"].endswith("number 12ab in the keeper's log.")


def test_document__nodes_that_disagree__is_no_fault_of_the_asker() -> None:
    """An alarm is answered like everything that is broken on the server's side."""
    assert document_of(NodesDisagree("block 7"), "/here")["status"] == 503
    assert document_of(ServiceUnavailable("later"), "/here")["status"] == 503
