"""Histories cut into training batches for the towers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recommender.data.dataset import Dataset
from recommender.data.queries import Context
from recommender.data.vocabulary import DISMISSED
from recommender.serving.encoding import Encoder, event_tokens, gap_buckets

from .config import Config


@dataclass(frozen=True, eq=False)
class Batch:
    """b windows of histories and the m points in them at which the next item is to be told."""

    learners: np.ndarray  # int64[b], row in the data set
    events: dict[str, Tensor]  # item (-1 padding), token, gap: int64[b, l]
    profile: dict[str, Tensor]  # [b, ...]
    at: tuple[Tensor, Tensor]  # window and number of its events seen: int64[m] each
    context: dict[str, Tensor]  # int64[m] each
    targets: Tensor  # int64[m]
    seen: tuple[Tensor, Tensor]  # (point, item) pairs of the history: no choice any more
    moments: Tensor  # float64[m], seconds since the epoch, nan unknown


class Histories:
    """The data set as windows of at most `config.history` events.

    A target is a learner's first encounter with an item, unless it is a dismissal. A history longer
    than one window is cut into windows that overlap by half, and every target is told in one window only.
    """

    def __init__(self, dataset: Dataset, encoder: Encoder, config: Config):
        self.dataset, self.config = dataset, config
        self.token = event_tokens(dataset.verb, dataset.value)  # [events]
        gaps = np.diff(dataset.time, prepend=np.nan)
        gaps[dataset.position == 0] = np.nan
        self.gap = gap_buckets(gaps)  # [events], also the context's time since the last event
        self.is_target = dataset.is_first_encounter & (dataset.verb != DISMISSED)
        self.moment = _moments(dataset)
        newest = np.nanmax(dataset.time) if dataset.has_times else np.nan
        year = 1970 + newest / 31_556_952
        self.profiles = {
            name: torch.from_numpy(codes)
            for name, codes in encoder.profiles(dataset.learners, year=year).items()
        }
        self.born = self._born()
        self._cut()

    def _born(self) -> Tensor:
        """float64[n_items]: since when each item could be chosen, seconds since the epoch.

        From its publication or, where that is unknown, its first event (-inf where times are unknown); never
        (inf) for an item of which neither is known: nobody has passed it over.
        """
        dataset = self.dataset
        born = np.full(dataset.n_items, np.inf)
        np.fmin.at(born, dataset.item, np.nan_to_num(dataset.time, nan=-np.inf))
        published = dataset.items.published_at
        return torch.from_numpy(np.fmin(born, np.where(np.isfinite(published), published, np.inf)))

    def closed(self, moments: Tensor) -> Tensor | None:
        """bool[m, n_items]: items that could not be chosen yet; None where all could."""
        if bool(torch.isneginf(self.born).all()):
            return None
        moments = torch.nan_to_num(moments, nan=torch.inf)
        return self.born[None, :] > moments[:, None].clamp(max=1e18)

    def _cut(self) -> None:
        starts, stops, firsts = [], [], []
        size, step = self.config.history, max(self.config.history // 2, 1)
        offsets = self.dataset.offsets
        lengths = self.dataset.lengths
        for learner in np.flatnonzero(lengths > 0):
            begin, end = offsets[learner], offsets[learner + 1]
            stop = min(begin + size, end)
            starts.append(begin), stops.append(stop), firsts.append(begin)
            while stop < end:
                first = stop
                stop = min(stop + step, end)
                starts.append(stop - size), stops.append(stop), firsts.append(first)
        self.start, self.stop, self.first = (np.array(part, np.int64) for part in (starts, stops, firsts))
        told = np.concatenate([[0], np.cumsum(self.is_target)])
        useful = told[self.stop] > told[self.first]  # a window without a target teaches nothing
        self.start, self.stop, self.first = self.start[useful], self.stop[useful], self.first[useful]

    def __len__(self) -> int:
        return len(self.start)

    def epoch(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Windows of each batch: all once, windows of like length together, batches in random order."""
        order = rng.permutation(len(self))
        lengths = self.stop - self.start
        batches = []
        for begin in range(0, len(order), 16_384):
            part = order[begin : begin + 16_384]
            part = part[np.argsort(lengths[part], kind="stable")]
            size = np.maximum(self.config.batch_events // np.maximum(lengths[part], 1), 1)
            start = 0
            while start < len(part):
                # the longest window of the batch is its last, and pays for the padding of all
                stop = start + int(size[start])
                while stop > start + 1 and (stop - start) > size[min(stop, len(part)) - 1]:
                    stop -= 1
                batches.append(part[start:stop])
                start = stop
        return [batches[i] for i in rng.permutation(len(batches))]

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        for windows in self.epoch(rng):
            yield self.batch(windows, rng)

    def batch(self, windows: np.ndarray, rng: np.random.Generator) -> Batch:
        dataset, start, stop = self.dataset, self.start[windows], self.stop[windows]
        length = int((stop - start).max())
        event = start[:, None] + np.arange(length)  # [b, l]
        inside = event < stop[:, None]
        event = np.minimum(event, dataset.n_events - 1)
        told = inside & (event >= self.first[windows][:, None]) & self.is_target[event]
        row, seen = np.nonzero(told)  # the point's window, and how many events came before the target
        target_event = event[row, seen]
        # The last event of a window is a target only: it needn't be read.
        inputs = {
            "item": np.where(inside, dataset.item[event], -1)[:, :-1].astype(np.int64),
            "token": np.where(inside, self.token[event], 0)[:, :-1],
            "gap": np.where(inside, self.gap[event], 0)[:, :-1],
        }
        point = np.repeat(np.arange(len(row)), seen)
        place = np.arange(len(point)) - np.repeat(np.cumsum(seen) - seen, seen)
        met = dataset.item[start[row[point]] + place].astype(np.int64)
        learners = dataset.learner[start].astype(np.int64)
        return Batch(
            learners=learners,
            events={name: torch.from_numpy(values) for name, values in inputs.items()},
            profile={name: codes[learners] for name, codes in self.profiles.items()},
            at=(torch.from_numpy(row), torch.from_numpy(seen)),
            context=self._context(target_event, seen, rng),
            targets=torch.from_numpy(dataset.item[target_event].astype(np.int64)),
            seen=(torch.from_numpy(point), torch.from_numpy(met)),
            moments=torch.from_numpy(dataset.time[target_event]),
        )

    def _context(self, event: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> dict[str, Tensor]:
        """Codes of the moment of each event; the page is told at some points only: it is a light hint."""
        told = rng.random(len(event)) >= self.config.page_masking
        codes = {name: values[event] for name, values in self.moment.items()}
        codes["since"] = np.where(seen > 0, self.gap[event], 0)
        codes["item"] = np.where(told & (seen > 0), codes["item"], -1)
        codes["placement"] = np.where(seen > 0, codes["placement"], 0)
        return {name: torch.from_numpy(values) for name, values in codes.items()}


def _moments(dataset: Dataset) -> dict[str, np.ndarray]:
    """int64[events] by name: in which moment, and from which page, each event's item was chosen.

    The page of an event is often the item's own, which nobody may be told beforehand. So the page that
    counts is that of the event before, unless the event itself names another item as where it came from.
    """
    known = dataset.context
    clock = Context.at(dataset.time)
    before = np.maximum(np.arange(dataset.n_events) - 1, 0)
    page, placement = dataset.item[before].astype(np.int64), np.zeros(dataset.n_events, np.int64)
    hour, weekday = clock.hour, clock.weekday
    device = locale = np.full(dataset.n_events, -1)
    if known is not None:
        hour = np.where(known.hour >= 0, known.hour, hour)
        weekday = np.where(known.weekday >= 0, known.weekday, weekday)
        device, locale = known.device, known.locale
        came_from = (known.item >= 0) & (known.item != dataset.item)
        page = np.where(came_from, known.item, page)
        placement = np.where(came_from, known.placement, known.placement[before]) + 1
    return {
        "hour": hour.astype(np.int64) + 1,
        "weekday": weekday.astype(np.int64) + 1,
        "device": device.astype(np.int64) + 1,
        "locale": locale.astype(np.int64) + 1,
        "placement": placement.astype(np.int64),
        "item": page.astype(np.int64),
    }
