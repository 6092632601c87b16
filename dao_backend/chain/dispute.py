"""What nodes disagree about, and the refusal to go on until they agree about it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog

from dao_backend.errors import ContractRefused, NodesDisagree, NotFound

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Open:
    sentence: str
    question: Callable[[], object]


class Dispute:
    """The last question that was answered differently, while there is one."""

    def __init__(self) -> None:
        self._open: _Open | None = None

    @property
    def sentence(self) -> str | None:
        """What is disputed, None where nothing is."""
        disputed = self._open
        return None if disputed is None else disputed.sentence

    def settle(self) -> None:
        """Ask the disputed question again; NodesDisagree while its answers differ."""
        disputed = self._open
        if disputed is None:
            return
        with suppress(NotFound, ContractRefused):  # answers too, and now the same from all
            self.watch(disputed.question)
        if self._open is disputed:  # else another one has been found meanwhile
            self._open = None
        log.info("nodes.agree", settled=disputed.sentence)

    def watch(self, question: Callable[[], T]) -> T:
        """The question's answer; a disagreement about it is kept and logged."""
        try:
            return question()
        except NodesDisagree as error:
            if self.sentence != str(error):
                log.error("nodes.disagree", sentence=str(error))
            self._open = _Open(str(error), question)
            raise
