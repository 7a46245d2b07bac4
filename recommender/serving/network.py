"""A network of the zoo as a candidate source: a graph reads the history, a product scores the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .graphs import session

LEFT_OUT = 10
"""Events that are left out in turn, to see what each did."""


@dataclass(frozen=True, eq=False)
class Network:
    """score = output . state + bias, where the graph makes the state from the inputs of the items met.

    A history without an item that training showed is answered with popularity.
    """

    name: str
    graph: np.ndarray  # uint8[bytes], ONNX: history float32[b, l, w] -> state float32[b, w]
    inputs: np.ndarray  # float32[n_items, w]
    outputs: np.ndarray  # float32[n_items, w]
    biases: np.ndarray  # float32[n_items]
    popularity: np.ndarray  # float32[n_items], log(1 + learners)
    window: int  # items of a history that are read

    @cached_property
    def _session(self):
        return session(self.graph.tobytes())

    @cached_property
    def _middle(self) -> tuple[np.ndarray, float]:
        """Mean output float32[w] and mean bias."""
        return self.outputs.mean(axis=0), float(self.biases.mean())

    def _read(self, engaged: np.ndarray) -> np.ndarray:
        """Places in `engaged` of what is read: the last items that training showed."""
        return np.flatnonzero(engaged < len(self.inputs))[-self.window :]

    def _states(self, histories: np.ndarray) -> np.ndarray:
        """float32[b, w] of int64[b, l], l at least 1"""
        return self._session.run(None, {"history": self.inputs[histories]})[0]

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        read = self._read(engaged)
        scores = np.zeros(n, np.float32)
        if len(read):
            state = self._states(engaged[read][None])[0]
            scores[: len(self.outputs)] = self.outputs @ state + self.biases
        else:
            scores[: len(self.popularity)] = self.popularity
        return scores

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        """For each of the last ten items met, what the score, above the catalogue's mean, loses without it.

        Nothing is left of the score where the only item is left out. The network is read by what it does, so
        the terms need not add up.
        """
        terms = np.zeros((len(engaged), len(items)), np.float32)
        read, inside = self._read(engaged), items < len(self.outputs)
        if not len(read):
            return terms
        middle, bias = self._middle
        known = items[inside]
        outputs, biases = self.outputs[known] - middle, self.biases[known] - bias  # [c, w], [c]
        whole = self._states(engaged[read][None])[0]
        last = np.arange(len(read))[-LEFT_OUT:]
        if len(read) == 1:
            lost = (outputs @ whole + biases)[None]
        else:
            without = np.stack([np.delete(engaged[read], place) for place in last])
            lost = (whole - self._states(without)) @ outputs.T
        terms[np.ix_(read[last], inside)] = lost
        return terms
