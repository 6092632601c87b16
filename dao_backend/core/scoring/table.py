"""Judges a table (CSV, TSV): rectangular, typed by column, with a header and a label column.

Rows are read as they stream by; types are taken from the first 200 rows and every sixteenth after
those, up to 200,000 cells.
A first line of another width than the table (some data sets state their size there) is no header.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

from dao_backend.core.scoring.policy import WHOLE, Policy
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason

_NUMBER = re.compile(
    r"\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf)\s*", re.IGNORECASE | re.ASCII
)
_LABEL_NAMES = {
    *("label", "labels", "class", "target", "y", "category"),
    *("species", "diagnosis", "outcome", "sentiment"),
}
_DELIMITERS = ",;\t|"
_PENDING = 1024 * 1024
_FIRST_ROWS, _EVERY, _CELLS, _CLASSES = 200, 16, 200_000, 100
_ONE_TYPE = 9_500
"""Share of a column's filled cells that must have one type."""


class TableCheck:
    """Takes a table's lines in turn, then says what is right and wrong with it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._pending: list[str] = []
        self._delimiter = ""
        self._fault: Reason | None = None
        self._first: list[str] = []
        self._columns: list[_Column] = []
        self._rows = 0
        self._cells = 0

    def feed(self, lines: list[bytes]) -> None:
        """Take whole lines; a quoted cell may run over several."""
        if self._fault:
            return
        self._pending += [line.decode("utf-8", "replace") for line in lines]
        cut = _last_even_quote(self._pending)
        ready, self._pending = self._pending[:cut], self._pending[cut:]
        if sum(map(len, self._pending)) > _PENDING:
            self._refuse("has a quoted cell that never ends", self._rows)
        elif ready:
            self._read(ready)

    def finish(self) -> list[Reason]:
        """Reasons for the table's shape, header, types and labels; one reason if it is no table."""
        if self._pending and not self._fault:
            self._refuse("has a quoted cell that never ends", self._rows)
        if not self._fault and self._rows < 2:
            self._refuse("has fewer than two rows", self._rows)
        if not self._fault and len(self._columns) < 2:
            sentence, weight = "has one column, so it counts as text", self._policy.weight_text
            return [reason(ReasonCode.PLAIN_TEXT, sentence, weight, rows=self._rows)]
        return [self._fault] if self._fault else self._verdict()

    def _read(self, lines: list[str]) -> None:
        try:
            for row in csv.reader(lines, delimiter=self._separator(lines), strict=True):
                if row:
                    self._row(row)
                if self._fault:
                    return
        except csv.Error:
            self._refuse("is not written as CSV", self._rows)

    def _separator(self, lines: list[str]) -> str:
        if not self._delimiter:
            filled = [line for line in lines if line.strip()][:2] or [""]
            self._delimiter = max(_DELIMITERS, key=filled[-1].count)
        return self._delimiter

    def _row(self, row: list[str]) -> None:
        self._rows += 1
        if self._rows == 1:
            self._first = row
            return
        if not self._columns:
            self._columns = [_Column() for _ in row[: self._policy.max_columns]]
        if len(row) > self._policy.max_columns:
            self._refuse(f"has more than {self._policy.max_columns} columns", self._rows)
        elif len(row) != len(self._columns):
            self._refuse(f"is not rectangular: row {self._rows} has {len(row)} cells", self._rows)
        elif self._cells < _CELLS and (self._rows <= _FIRST_ROWS or self._rows % _EVERY == 0):
            self._cells += len(row)
            for column, cell in zip(self._columns, row, strict=True):
                column.add(cell)

    def _refuse(self, sentence: str, row: int) -> None:
        columns = len(self._columns)
        self._fault = reason(ReasonCode.TABLE_INVALID, sentence, 0, row=row, columns=columns)

    def _verdict(self) -> list[Reason]:
        policy = self._policy
        typed = sum(column.has_one_type for column in self._columns)
        columns = len(self._columns)
        found = [
            reason(
                ReasonCode.TABLE,
                f"is a table of {columns} columns",
                policy.weight_table,
                rows=self._rows,
                columns=columns,
            )
        ]
        if not self._has_header():
            sentence = "has no line that names its columns"
            found.append(reason(ReasonCode.NO_HEADER, sentence, policy.weight_no_header))
        if typed < columns:
            found.append(
                reason(
                    ReasonCode.MIXED_COLUMNS,
                    f"mixes numbers and words in {columns - typed} columns",
                    typed * WHOLE // columns,
                    columns=columns,
                    typed_columns=typed,
                )
            )
        return [*found, self._label()]

    def _has_header(self) -> bool:
        names = [cell.strip() for cell in self._first]
        distinct = len(names) == len(self._columns) == len(set(names))
        return distinct and all(name and not _NUMBER.fullmatch(name) for name in names)

    def _label(self) -> Reason:
        header = self._first if self._has_header() else [""] * len(self._columns)
        named = [at for at, name in enumerate(header) if name.strip().lower() in _LABEL_NAMES]
        for at in named or [len(self._columns) - 1, 0]:
            column = self._columns[at]
            if column.labels(named=bool(named)):
                return reason(
                    ReasonCode.LABELLED,
                    f"column {at + 1} labels the rows",
                    WHOLE,
                    column=at + 1,
                    classes=len(column.values),
                    cells=column.filled,
                    largest_class=max(column.values.values()),
                )
        sentence = "has no column that labels the rows"
        return reason(ReasonCode.UNLABELLED, sentence, self._policy.weight_unlabelled)


class _Column:
    """Counts one column's cells; distinct values are kept up to one past what labels may have."""

    def __init__(self) -> None:
        self.filled = 0
        self.numbers = 0
        self.values: Counter[str] = Counter()

    def add(self, cell: str) -> None:
        if not cell:
            return
        self.filled += 1
        self.numbers += _NUMBER.fullmatch(cell) is not None
        if len(self.values) <= _CLASSES:
            self.values[cell[:64]] += 1

    @property
    def has_one_type(self) -> bool:
        """Whether nearly all filled cells are numbers, or nearly none."""
        most = max(self.numbers, self.filled - self.numbers)
        return most * WHOLE >= self.filled * _ONE_TYPE

    def labels(self, *, named: bool) -> bool:
        """Whether the values can label rows: two at least, and few unless the header says so."""
        distinct = len(self.values)
        few = distinct <= min(_CLASSES, max(2, self.filled // 10))
        return distinct >= 2 and (named or few)


def _last_even_quote(lines: list[str]) -> int:
    """Number of leading lines that close every quote they open."""
    cut = quotes = 0
    for number, line in enumerate(lines, 1):
        quotes += line.count('"')
        if quotes % 2 == 0:
            cut = number
    return cut
