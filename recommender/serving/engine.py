"""Suggestions from an artifact, inside the page request.

history, profile, moment -> towers -> every source over the whole catalogue -> blend -> best candidates ->
ranker -> prerequisites -> diversity -> reasons. Thread-safe: nothing but caches changes after `open`.
"""

from __future__ import annotations

import json
import time
import weakref
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recommender import artifacts

from . import candidates, sources
from .asked import Asked
from .bags import with_new_items
from .candidates import Blend, State
from .catalogue import Catalogue
from .encoding import Encoder
from .graphs import session
from .placement import leaning
from .ranking import ItemTable, any_shared, combine, features, is_of_this_release
from .reasons import contributions, owed_to, strongest
from .request import Reason, Request, Suggestion, Suggestions
from .reranking import Candidate, diversify, prerequisites_first, shortlist

INTEREST = 2.0
"""Log-odds that a full match with the interests adds without any history; it fades as history grows."""
PAGE = 0.7
"""Log-odds that sharing all topics with the item on the page adds: on a page one looks for more of it."""
NEW = 1.0
"""Log-odds for an item that training never showed, so that whom it fits gets to see it."""
SEEN_PENALTY = 100.0
"""What was met but not finished comes after all that is new."""
SESSION = 30 * 60
"""Seconds after which a click no longer claims a place of its own."""


@dataclass(frozen=True, eq=False)
class _Binding:
    """One catalogue snapshot seen from the model's rows."""

    catalogue: weakref.ref
    model_rows: np.ndarray  # int64[catalogue], -1 where the model doesn't know the item
    rows: np.ndarray  # int64[model], -1 where the catalogue doesn't hold the item
    open: np.ndarray  # bool[model], in the catalogue and available


@dataclass(frozen=True, eq=False)
class ModelItems:
    """The vocabulary's items and, after them, those of the newest delta."""

    keys: list[str]
    index: dict[str, int]
    vectors: np.ndarray  # float32[n, d]
    biases: np.ndarray  # float32[n]
    known: np.ndarray  # bool[n]
    table: ItemTable
    sources: list[sources.Source]
    delta: Path | None


class Engine:
    """Opened once a process by `Engine.open`, asked by `suggest`."""

    def __init__(self, path: Path, model: dict, words: dict, arrays: dict[str, np.ndarray]):
        self.path, self.version = Path(path), Path(path).name
        self.history, self.count = model["history"], model["candidates"]
        self.blend = Blend(np.array(model["blend"]["of_z"], np.float32), model["blend"]["of_log_share"])
        self.head_weights = np.array(model["head_weights"], np.float32)
        self._sources = sources.read(self.path)
        self.names = [source.name for source in self._sources] + [candidates.TOWERS]
        if not is_of_this_release(model):
            raise artifacts.ArtifactBroken(self.path, "model.json", "was made by another release")
        self.encoder = Encoder.restore(words["encoder"], np.asarray(arrays["rarity"]))
        self._base_keys: list[str] = words["items"]
        self.n_trained = len(self._base_keys)
        self._arrays = arrays
        self._users = session(self.path / "user.onnx")
        self._queries = session(self.path / "query.onnx")
        self._ranker = session(self.path / "ranker.onnx")
        self._bound: _Binding | None = None
        self.items = self._with_delta(artifacts.newest_delta(self.path))

    @classmethod
    def open(cls, path: Path) -> Engine:
        """Verify and memory-map a version; raises ArtifactBroken."""
        path = Path(path)
        artifacts.verify(path)
        try:
            model = json.loads((path / "model.json").read_text())
            words = json.loads((path / "vocabulary.json").read_text())
            return cls(path, model, words, artifacts.open_arrays(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise artifacts.ArtifactBroken(path, "model.json", f"can't be read ({error})") from error

    def refresh(self) -> bool:
        """Take up a newer delta, if there is one; true when it did."""
        delta = artifacts.newest_delta(self.path)
        if delta == self.items.delta:
            return False
        self.items = self._with_delta(delta)
        self._bound = None
        return True

    def _with_delta(self, delta: Path | None) -> ModelItems:
        arrays, keys = self._arrays, list(self._base_keys)
        vectors, biases, known = arrays["vectors"], np.asarray(arrays["biases"]), np.asarray(arrays["known"])
        table = ItemTable(**{name: np.asarray(arrays[f"table/{name}"]) for name in ItemTable.COLUMNS})
        said = self._sources
        if delta is not None:
            keys += json.loads((delta / "items.json").read_text())["keys"]
            added = artifacts.open_arrays(delta)
            vectors = np.concatenate([vectors, added["vectors"]])
            biases = np.concatenate([biases, added["biases"]])
            known = np.concatenate([known, np.zeros(len(added["biases"]), bool)])
            table = table.extended(ItemTable(**{name: added[f"table/{name}"] for name in ItemTable.COLUMNS}))
            said = with_new_items(
                said, lambda source: (added[f"{source.prefix}_terms"], added[f"{source.prefix}_weights"])
            )
        index = {key: row for row, key in enumerate(keys)}
        return ModelItems(keys, index, vectors, biases, known, table, said, delta)

    def _bind(self, catalogue: Catalogue, items: ModelItems) -> _Binding:
        bound = self._bound
        if bound is not None and bound.catalogue() is catalogue and len(bound.rows) == len(items.keys):
            return bound
        model_rows = np.fromiter(
            (items.index.get(key, -1) for key in catalogue.keys), np.int64, len(catalogue)
        )
        rows = np.full(len(items.keys), -1, np.int64)
        inside = np.flatnonzero(model_rows >= 0)
        rows[model_rows[inside]] = inside
        is_open = np.zeros(len(items.keys), bool)
        is_open[model_rows[inside]] = catalogue.available[inside]
        bound = _Binding(weakref.ref(catalogue), model_rows, rows, is_open)
        self._bound = bound
        return bound

    def suggest(self, request: Request, catalogue: Catalogue) -> Suggestions:
        """A row of suggestions; the same request and catalogue always give the same row."""
        began = time.perf_counter()
        items = self.items
        bound = self._bind(catalogue, items)
        asked = Asked(self, items, request)
        said = self._opinions(asked)
        rows, scores = self._rank(request, catalogue, bound, asked, said)
        excluded = {catalogue.row[key] for key in request.exclude if key in catalogue.row}
        ranked = [
            Candidate(int(bound.rows[row]), int(row), float(score))
            for row, score in zip(rows, scores, strict=True)
        ]
        ranked += self._unknown(request, catalogue, bound, excluded, scores)
        page = catalogue.row.get(request.context.item, -1) if request.context.item else -1
        closed = excluded | {page}
        ranked = prerequisites_first(
            [candidate for candidate in ranked if candidate.row not in closed],
            catalogue,
            completed={catalogue.row[key] for key in request.completed if key in catalogue.row},
            closed=closed,
            model_rows=bound.model_rows,
        )
        short = shortlist(ranked, catalogue, request.quotas)
        row = diversify(
            short,
            catalogue,
            limit=request.limit,
            quotas=request.quotas,
            vectors=items.vectors,
            following=self._following(short, asked, said),
        )
        shown = self._explained(row, request, catalogue, asked, said)
        return Suggestions(shown, self.version, 1_000 * (time.perf_counter() - began))

    def best(self, request: Request, count: int) -> list[str]:
        """Keys of the model's own first `count`: without catalogue, page leanings, prerequisites, diversity.

        This is the order that offline metrics judge; everything in the history counts as seen.
        """
        items = self.items
        asked = Asked(self, items, request)
        said = self._opinions(asked)
        unseen = np.ones(len(items.keys), bool)
        unseen[asked.rows] = False
        chosen = candidates.best(said.blend, unseen, self.count)
        if not len(chosen):
            return []
        scores = self._scores(asked, said, chosen)
        return [items.keys[row] for row in chosen[np.lexsort((chosen, -scores))][:count]]

    def _opinions(self, asked: Asked) -> candidates.Opinions:
        items = asked.items
        return candidates.opinions(
            asked.state, items.sources, items.vectors, items.biases, self.blend, items.known, self.n_trained
        )

    def _scores(self, asked: Asked, said: candidates.Opinions, chosen: np.ndarray) -> np.ndarray:
        """The ranker's log-odds of some items, best blend first: float32[c]."""
        items, state = asked.items, asked.state
        columns = features(
            state, chosen, said, items.sources, items.table, items.vectors, items.known, self.n_trained
        )
        # the ranker learned from float16 columns, and a candidate must not be judged by digits it never saw
        columns = np.clip(columns, -6e4, 6e4).astype(np.float16).astype(np.float32)
        heads = self._ranker.run(
            None,
            {
                "features": columns[None],
                "query": state.query[None],
                "user": state.user[None],
                "context": state.context[None],
                "vectors": items.vectors[chosen][None],
            },
        )[0][0]
        return combine(heads, self.head_weights, chosen < self.n_trained)

    def _rank(self, request, catalogue, bound, asked, said) -> tuple[np.ndarray, np.ndarray]:
        """Model rows and log-odds of the candidates, best first."""
        items, state = asked.items, asked.state
        allowed = bound.open.copy()
        hidden = [items.index[key] for key in request.exclude if key in items.index]
        allowed[hidden] = False
        fresh = allowed.copy()
        fresh[state.engaged] = False
        fresh[asked.dismissed] = False
        chosen = candidates.best(said.blend, fresh, self.count)
        kinds = catalogue.kind[bound.rows[chosen]]
        for kind, count in request.quotas.items():
            if (kinds == kind).sum() < count:
                code_rows = fresh & (bound.rows >= 0)
                code_rows[code_rows] = catalogue.kind[bound.rows[code_rows]] == kind
                more = candidates.best(said.blend, code_rows, 4 * count)
                chosen = np.concatenate([chosen, more[~np.isin(more, chosen)]])
        seen = state.engaged[allowed[state.engaged]]
        seen = seen[~np.isin(seen, asked.dismissed)][-self.count :]
        chosen = np.concatenate([chosen, seen]).astype(np.int64)
        if not len(chosen):
            return chosen, np.zeros(0, np.float32)
        scores = self._scores(asked, said, chosen)
        scores = scores + sum(self._leanings(state, items, chosen).values())
        context = request.context
        keys = [items.keys[row] for row in chosen]
        scores = scores + leaning(context.placement, context.item, catalogue.kind[bound.rows[chosen]], keys)
        if len(seen):
            scores[len(chosen) - len(seen) :] -= SEEN_PENALTY
        order = np.lexsort((chosen, -scores))
        return chosen[order], scores[order]

    @staticmethod
    def _leanings(state: State, items: ModelItems, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """By reason code, what is added to the log-odds of some items on top of what was learned."""
        topics = items.table.topics[chosen]
        page = items.table.topics[state.page] if state.page >= 0 else np.zeros(0, np.int64)
        return {
            "interest": INTEREST / (1 + len(state.engaged)) * any_shared(topics, state.interests),
            "page": PAGE * any_shared(topics, page),
            "new": NEW * ~items.known[chosen],
        }

    def _unknown(self, request, catalogue, bound, excluded, scores) -> list[Candidate]:
        """Items that neither the vocabulary nor a delta knows yet, by popularity, after all others."""
        rows = np.flatnonzero((bound.model_rows < 0) & catalogue.available)
        rows = rows[np.argsort(-catalogue.popularity[rows], kind="stable")][: self.count]
        met = {event.item for event in request.events}
        below = float(scores.min(initial=0)) - SEEN_PENALTY
        return [
            Candidate(int(row), -1, below - place)
            for place, row in enumerate(rows)
            if int(row) not in excluded and catalogue.keys[row] not in met
        ]

    def _following(
        self, short: list[Candidate], asked: Asked, said: candidates.Opinions
    ) -> np.ndarray | None:
        """float32[candidates]: what each owes to the last click of this session; None where there is none.

        Whoever comes back after a break is judged by all of their past.
        """
        engagement = asked.last_click(within=SESSION)
        if not short or engagement < 0:
            return None
        items = asked.items
        best = max(candidate.score for candidate in short)
        rows = np.array([candidate.model_row for candidate in short])
        fresh = np.array([candidate.score > best - SEEN_PENALTY / 2 for candidate in short]) & (rows >= 0)
        following = np.zeros(len(short), np.float32)
        following[fresh] = owed_to(
            engagement,
            asked.state,
            rows[fresh],
            said,
            items.sources,
            self.blend,
            items.vectors,
            asked.variants,
        )
        return following

    def _explained(self, row, request, catalogue, asked, said) -> tuple[Suggestion, ...]:
        items, state = asked.items, asked.state
        known = np.array([c.model_row for c in row if c.model_row >= 0], np.int64)
        if len(known):
            terms, others = contributions(
                state, known, said, items.sources, self.blend, items.vectors, asked.variants
            )
            for code, values in self._leanings(state, items, known).items():
                others[code] = others.get(code, 0) + values
            weight = self.blend.of_z[:, None] * said.z[:, known]  # [s, c]
            weight[-1] += self.blend.of_log_share * (said.log_share[known] - said.log_share.mean())
            keys = [items.keys[engaged] for engaged in state.engaged]
            keys = [key if key in catalogue.row else None for key in keys]
        shown, column = [], -1
        for candidate in row:
            key = catalogue.keys[candidate.row]
            source, reason = "popularity", Reason("popular", "popularity")
            if candidate.model_row >= 0:
                column += 1
                source = self.names[int(weight[:, column].argmax())]
                reason = strongest(terms, others, column, self.names, keys)
                reason = self._worded(reason, request, catalogue, candidate, items)
            elif not catalogue.popularity[candidate.row]:
                reason = Reason("new", "popularity")
            if candidate.prerequisite_of >= 0:
                before = catalogue.keys[candidate.prerequisite_of]
                reason = Reason("prerequisite", source, item=before)
            shown.append(Suggestion(key, candidate.score, reason, source))
        return tuple(shown)

    def _worded(self, reason, request, catalogue, candidate, items) -> Reason:
        """The reason with the topic or item that it speaks of."""
        if reason.code == "history" and reason.item == catalogue.keys[candidate.row]:
            return replace(reason, code="again")
        if reason.code == "page":
            return Reason("page", reason.source, item=request.context.item, contribution=reason.contribution)
        if reason.code == "interest":
            topics = {catalogue.topics[code] for code in catalogue.topics_of(candidate.row)}
            match = [topic for topic in request.profile.interests if topic in topics]
            if (
                not match
            ):  # the towers know of kinships between topics, but that is hard to tell in a sentence
                return Reason("profile", reason.source, contribution=reason.contribution)
            return Reason("interest", reason.source, topic=match[0], contribution=reason.contribution)
        return reason
