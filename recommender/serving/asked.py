"""One request in the model's numbers, and what the towers say to it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.data.dataset import Learners
from recommender.data.vocabulary import DEVICES, PLACEMENTS, VERB_CODE, VERBS

from .candidates import State
from .encoding import are_done, event_grades, event_tokens, gap_buckets
from .network import LEFT_OUT
from .reasons import Variants
from .request import Profile, Request

if TYPE_CHECKING:
    from .engine import Engine, ModelItems

READ_FOR_REASONS = 16
"""Events that the towers read while they are left out."""
DEMOGRAPHICS = ("gender", "country", "education", "age")
YEAR = 31_556_952


class Asked:
    """One request in the model's numbers, and the towers' answers to it."""

    def __init__(self, engine: Engine, items: ModelItems, request: Request):
        self.engine, self.items, self.request = engine, items, request
        # what the model doesn't know it doesn't read
        events = [event for event in request.events if event.item in items.index][-engine.history :]
        self.rows = np.array([items.index[event.item] for event in events], np.int64)
        verbs = np.array([VERB_CODE.get(event.verb, 0) for event in events], np.int64)
        values = np.array([math.nan if event.value is None else event.value for event in events], np.float32)
        self.times = np.array([math.nan if event.time is None else event.time for event in events])
        self.tokens = event_tokens(verbs, values) if len(events) else np.zeros(0, np.int64)
        self.now = math.nan if request.context.now is None else float(request.context.now)
        dismissed = verbs == VERBS.index("dismissed")
        self.dismissed = np.unique(self.rows[dismissed])
        page = items.index.get(request.context.item, -1) if request.context.item else -1
        self.profile = self._profile(request.profile)
        self.moment = self._moment()
        width = items.vectors.shape[1]
        self.moment["page"] = (
            items.vectors[page : page + 1] if page >= 0 else np.zeros((1, width), np.float32)
        )
        engaged, met_at, self.place = self._engagements(dismissed)
        query, user, context, self.other = self._answer()
        grades = event_grades(self.tokens)
        graded = grades != 0
        finished = [items.index[key] for key in request.completed if key in items.index]
        finished = np.concatenate([self.rows[are_done(verbs)], np.array(finished, np.int64)])
        interests = self.profile["interests"][0]
        self.state = State(
            engaged=engaged,
            met_at=met_at,
            graded=self.rows[graded],
            grades=grades[graded],
            done=np.unique(finished),
            interests=interests[interests > 0],
            page=page,
            now=self.now,
            query=query,
            user=user,
            context=context,
        )

    def _engagements(self, dismissed: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
        """Known items at their latest event, unless that was a dismissal; and the place of each item."""
        latest = {int(row): event for event, row in enumerate(self.rows)}
        events = sorted(event for event in latest.values() if not dismissed[event])
        engaged = self.rows[events].astype(np.int64)
        return engaged, self.times[events], {int(row): place for place, row in enumerate(engaged)}

    def last_click(self, within: float) -> int:
        """The engagement that the learner's last click led to in the past `within` seconds; -1 for none.

        A discovery, an item met for the first time, goes before later visits to what was known.
        """
        if not self.place:
            return -1
        first = {int(row): event for event, row in reversed(list(enumerate(self.rows)))}
        discovery, place = max((first[row], place) for row, place in self.place.items())
        clicks = [(self.times[discovery], place), (self.state.met_at[-1], len(self.place) - 1)]
        return next((place for at, place in clicks if 0 <= self.now - at <= within), -1)

    def _profile(self, profile: Profile) -> dict[str, np.ndarray]:
        birth = math.nan if profile.birth_year is None else profile.birth_year
        learner = Learners(
            ids=[""],
            gender=[profile.gender],
            birth_year=np.array([birth], np.float32),
            country=[profile.country],
            education=[profile.education],
            interests=[tuple(profile.interests)],
        )
        return self.engine.encoder.profiles(learner, year=1970 + self.now / YEAR)

    def _moment(self) -> dict[str, np.ndarray]:
        context, last = self.request.context, self.times[-1] if len(self.times) else math.nan
        device = DEVICES.index(context.device) + 1 if context.device in DEVICES else 0
        codes = {
            "hour": 0 if context.hour is None else context.hour + 1,
            "weekday": 0 if context.weekday is None else context.weekday + 1,
            "device": device,
            "locale": self.engine.encoder.locales.code(context.locale),
            "placement": PLACEMENTS.index(context.placement) + 1 if context.placement in PLACEMENTS else 0,
            "since": int(gap_buckets(np.array([self.now - last]))[0]),
        }
        return {name: np.array([code], np.int64) for name, code in codes.items()}

    def _user(self, histories: list[np.ndarray], profiles: list[dict[str, np.ndarray]]) -> np.ndarray:
        """float32[b, d]: the user tower for b choices of events of one length, and profiles."""
        vectors, chosen = self.items.vectors, np.stack(histories)  # [b, l]
        rows, times = self.rows[chosen], self.times[chosen]
        history = vectors[rows]
        gaps = np.full(rows.shape, np.nan)
        gaps[:, 1:] = np.diff(times, axis=1)
        feed = {"history": history, "token": self.tokens[chosen], "gap": gap_buckets(gaps)}
        feed |= {name: np.concatenate([profile[name] for profile in profiles]) for name in profiles[0]}
        return self.engine._users.run(None, feed)[0]

    def _merged(self, users: np.ndarray, moments: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
        """Query and context vectors [b, d] of b users, each at a moment."""
        feed = {name: np.concatenate([moment[name] for moment in moments]) for name in moments[0]}
        return self.engine._queries.run(None, {"user": users, **feed})

    def _answer(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Query, user and context vector; and the query without each cause that isn't an event."""
        profiles = {"": self.profile}
        for code, names in (("interest", ("interests",)), ("profile", DEMOGRAPHICS)):
            if any(self.profile[name].any() for name in names):
                profiles[code] = _without(self.profile, names)
        every = np.arange(len(self.rows))
        users = self._user([every] * len(profiles), list(profiles.values()))
        asked = [(code, user, self.moment) for code, user in zip(profiles, users, strict=True)]
        for code, names in (("page", ("page",)), ("moment", tuple(set(self.moment) - {"page"}))):
            if any(self.moment[name].any() for name in names):
                asked.append((code, users[0], _without(self.moment, names)))
        queries, contexts = self._merged(
            np.stack([user for _, user, _ in asked]), [moment for _, _, moment in asked]
        )
        other = {code: query for (code, _, _), query in zip(asked, queries, strict=True) if code}
        return queries[0], users[0], contexts[0], other

    @cached_property
    def variants(self) -> Variants:
        """What each of the last ten events did to the query, and each other cause.

        Only the last events are read for this; what is compared is the same history with and without one.
        """
        n, width = len(self.rows), self.items.vectors.shape[1]
        recent = np.arange(max(n - READ_FOR_REASONS, 0), n)
        left_out = [e for e in recent[-LEFT_OUT:] if int(self.rows[e]) in self.place]
        did = {code: self.state.query - query for code, query in self.other.items()}
        if not left_out:
            return Variants(np.zeros((0, width), np.float32), np.zeros(0, np.int64), did)
        whole = self.state.query
        if len(recent) < n:
            whole = self._merged(self._user([recent], [self.profile]), [self.moment])[0][0]
        without = [recent[recent != event] for event in left_out]
        users = self._user(without, [self.profile] * len(without))
        queries = self._merged(users, [self.moment] * len(without))[0]
        engaged = np.array([self.place[int(self.rows[event])] for event in left_out], np.int64)
        return Variants(whole - queries, engaged, did)


def _without(given: dict[str, np.ndarray], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    return given | {name: np.zeros_like(given[name]) for name in names}
