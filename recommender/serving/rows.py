"""Sparse matrices as the sources keep them: compressed rows, memory-mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def row_of(matrix: Rows, row: int) -> tuple[np.ndarray, np.ndarray]:
    if row >= len(matrix):  # an item that came after training says nothing here
        return matrix.indices[:0], matrix.values[:0]
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part], matrix.values[part]


@dataclass(frozen=True, eq=False)
class Rows:
    """A sparse matrix by compressed rows."""

    indptr: np.ndarray  # int64[rows + 1]
    indices: np.ndarray  # uint16[values] where the columns allow it, else int32
    values: np.ndarray  # float16[values] or float32

    @classmethod
    def weights(cls, indptr: np.ndarray, indices: np.ndarray, values: np.ndarray, n_columns: int) -> Rows:
        """In half the bytes: three digits of a weight are kept, 16-bit columns where there are few enough.

        Every web process maps these arrays, and a page reads some hundred rows of them.
        """
        column = np.uint16 if n_columns <= 2**16 else np.int32
        return cls(indptr.astype(np.int64), indices.astype(column), values.astype(np.float16))

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def entries(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns and values of some rows one after another, and the place in `rows` of each.

        A row beyond the last, of an item that came after training, holds nothing.
        """
        inside = rows < len(self)
        starts = self.indptr[np.where(inside, rows, 0)]
        lengths = np.where(inside, self.indptr[np.where(inside, rows + 1, 0)] - starts, 0)
        begins = np.cumsum(lengths) - lengths
        entry = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)
        return self.indices[entry], self.values[entry], np.repeat(np.arange(len(rows)), lengths)

    def weighted_sum(self, rows: np.ndarray, weights: np.ndarray, n: int) -> np.ndarray:
        """float32[n]: sum of the rows, each times its weight."""
        inside = rows < len(self)
        rows, weights = rows[inside], weights[inside]
        if not len(rows):
            return np.zeros(n, np.float32)
        starts, ends = self.indptr[rows], self.indptr[rows + 1]
        # Whole rows are copied at once: half the time of picking entry by entry, as `entries` does.
        parts = [slice(*ends_of) for ends_of in zip(starts.tolist(), ends.tolist(), strict=True)]
        columns = np.concatenate([self.indices[part] for part in parts])
        values = np.concatenate([self.values[part] for part in parts])
        weighted = values * np.repeat(weights, ends - starts)
        return np.bincount(columns, weights=weighted, minlength=n).astype(np.float32)

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32[len(rows), len(columns)]: the values where rows and (distinct) columns cross."""
        indices, values, owner = self.entries(rows)
        place = np.zeros(max(int(columns.max(initial=0)), int(indices.max(initial=0))) + 1, np.int32)
        place[columns] = np.arange(1, len(columns) + 1)
        hit = np.flatnonzero(place[indices])
        block = np.zeros((len(rows), len(columns)), np.float32)
        block[owner[hit], place[indices[hit]] - 1] = values[hit]
        return block

    def at(self, row: int, columns: np.ndarray) -> np.ndarray:
        """float32[len(columns)]: one row's values there; its indices are sorted."""
        indices, values = row_of(self, row)
        if not len(indices):
            return np.zeros(len(columns), np.float32)
        place = np.minimum(np.searchsorted(indices, columns), len(indices) - 1)
        return np.where(indices[place] == columns, values[place], 0).astype(np.float32)
