"""Suggestions from a trained version, and without one."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from recommender.artifacts import ArtifactBroken
from recommender.data.dataset import Items
from recommender.data.vocabulary import KINDS
from recommender.serving import delta
from recommender.serving.asked import Asked
from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.engine import Engine
from recommender.serving.fallback import popular
from recommender.serving.request import Context, Event, Profile, Request

NOW = 1.71e9


def rows_of(items, popularity=None, **changes):
    """Catalogue rows for a data set's items; `changes` maps a key to what differs."""
    return [
        CatalogueItem(
            **{
                "key": key,
                "kind": KINDS[items.kind[row]],
                "topics": items.topics[row],
                "level": items.level[row],
                "provider": items.provider[row],
                "popularity": 0.0 if popularity is None else float(popularity[row]),
            }
            | changes.get(key, {})
        )
        for row, key in enumerate(items.ids)
    ]


@pytest.fixture(scope="module")
def catalogue(topical):
    return Catalogue.of(rows_of(topical.items, topical.popularity))


@pytest.fixture(scope="module")
def engine(trained):
    return Engine.open(trained.path)


@pytest.fixture(scope="module")
def history(topical):
    """Three events with items of the first topic."""
    keys = topical.items.ids[0:12:4]
    return tuple(Event(key, "viewed", NOW - 5_000 + 100 * n) for n, key in enumerate(keys))


@pytest.fixture(params=["engine", "popular"])
def suggest(request, engine):
    return engine.suggest if request.param == "engine" else popular


def ask(events=(), **parts):
    context = parts.pop("context", Context(placement="home", now=NOW, hour=20, weekday=2))
    return Request(events=tuple(events), context=context, **parts)


def keys(suggestions):
    return [one.item for one in suggestions.items]


def test_a_row_is_full_and_has_no_repeats(suggest, catalogue, history):
    for events in ((), history):
        shown = keys(suggest(ask(events, limit=6), catalogue))
        assert len(shown) == len(set(shown)) == 6


def test_the_same_question_gets_the_same_answer(suggest, catalogue, history):
    first = suggest(ask(history), catalogue)
    again = suggest(ask(history), catalogue)
    assert first.items == again.items
    assert all(one.probability == 1.0 for one in first.items)


def test_the_last_click_counts_at_once(suggest, catalogue, history):
    before = keys(suggest(ask(history), catalogue))
    clicked = Event(before[0], "viewed", NOW - 10)
    after = keys(suggest(ask([*history, clicked]), catalogue))
    assert before[0] not in after
    assert before != after


@pytest.mark.parametrize("placement", ["home", "profile", "wallet"])
def test_a_discovery_shows_even_after_visits_to_what_was_known(
    engine, catalogue, topical, history, placement
):
    def row(events):
        question = ask(events, context=Context(placement, None, NOW, 20, 2), limit=4)
        return keys(engine.suggest(question, catalogue))

    now = [Event(event.item, "viewed", NOW - 600 + 60 * n) for n, event in enumerate(history)]
    again = [Event(event.item, "viewed", NOW - 60 + n) for n, event in enumerate(history)]
    before = row(now)
    new = [key for key in topical.items.ids if key not in {event.item for event in history}]
    unmoved = [key for key in new if row([*now, Event(key, "viewed", NOW - 90), *again]) == before]
    assert len(unmoved) <= 0.05 * len(new), unmoved


def test_the_last_click_is_a_discovery_of_this_session_or_else_its_last_visit(engine, topical, history):
    new, known = topical.items.ids[2], history[0].item
    minute = 60

    def last_click(*events):
        events = [Event(item, "viewed", NOW - age) for item, age in events]
        return Asked(engine, engine.items, ask([*history, *events])).last_click(within=30 * minute)

    assert last_click((new, 29 * minute)) == len(history)
    assert last_click((new, 31 * minute)) == -1
    assert last_click((new, 9 * minute), (known, 2 * minute)) == len(history) - 1, "the known one moved last"
    assert last_click((new, 40 * minute), (known, 2 * minute)) == len(history)
    assert last_click((known, 2 * minute)) == len(history) - 1
    assert last_click() == -1
    assert Asked(engine, engine.items, ask([])).last_click(within=30 * minute) == -1


def test_two_learners_see_different_rows(suggest, catalogue, topical, history):
    other = [Event(key, "viewed", NOW - 100) for key in topical.items.ids[1:13:4]]
    assert keys(suggest(ask(history), catalogue)) != keys(suggest(ask(other), catalogue))


def test_the_page_matters(suggest, catalogue, topical, history):
    pages = [None, *topical.items.ids[20:26]]
    rows = [
        tuple(keys(suggest(ask(history, context=Context("lesson", page, NOW, 20, 2)), catalogue)))
        for page in pages
    ]
    assert len(set(rows)) == len(rows)
    assert all(page not in row for page, row in zip(pages, rows, strict=True))


def test_placements_differ(suggest, catalogue, history):
    rows = {
        tuple(keys(suggest(ask(history, context=Context(placement, None, NOW, 20, 2)), catalogue)))
        for placement in ("home", "wallet", "catalog", "result")
    }
    assert len(rows) > 1


def test_history_fits_the_taste(engine, catalogue, topical, history):
    shown = engine.suggest(ask(history), catalogue).items
    topics = [topical.items.topics[topical.items.index[one.item]][0] for one in shown]
    assert topics[0] == topical.items.topics[0][0]


def test_without_history_the_interests_speak(suggest, catalogue, topical):
    for topic in ("python", "music"):
        best = keys(suggest(ask(profile=Profile(interests=(topic,))), catalogue))[0]
        assert topical.items.topics[topical.items.index[best]] == (topic,)


def test_what_is_excluded_dismissed_or_closed_is_never_shown(suggest, topical, history):
    closed = topical.items.ids[5]
    catalogue = Catalogue.of(rows_of(topical.items, **{closed: {"available": False}}))
    everything = set(topical.items.ids)
    excluded = frozenset(topical.items.ids[::2])
    shown = set(keys(suggest(ask(history, exclude=excluded, limit=48), catalogue)))
    assert shown <= everything - excluded - {closed}
    gone = Event(topical.items.ids[7], "dismissed", NOW - 5)
    shown = keys(suggest(ask([*history, gone], exclude=frozenset({gone.item}), limit=48), catalogue))
    assert gone.item not in shown


def test_an_undone_dismissal_lets_the_item_return(engine, catalogue, topical, history):
    item = keys(engine.suggest(ask(history), catalogue))[0]
    dismissed = [*history, Event(item, "dismissed", NOW - 5)]
    assert item not in keys(engine.suggest(ask(dismissed, limit=40), catalogue))
    assert item in keys(engine.suggest(ask(history, limit=40), catalogue))


def test_each_row_holds_a_quiz(suggest, catalogue, topical, history):
    for events in ((), history):
        for limit in (1, 3, 6):
            kinds = [one.item.partition(":")[0] for one in suggest(ask(events, limit=limit), catalogue).items]
            assert "quiz" in kinds
    kinds = [k.partition(":")[0] for k in keys(suggest(ask(history, limit=5, quotas={"quiz": 3}), catalogue))]
    assert kinds.count("quiz") >= 3


def test_a_quota_that_the_catalogue_can_not_fill_costs_nothing(suggest, topical, history):
    courses = [row for row in rows_of(topical.items) if row.kind != "quiz"]
    assert len(keys(suggest(ask(history), Catalogue.of(courses)))) == 6


def test_what_comes_before_is_shown_first(suggest, catalogue, topical, history):
    best = keys(suggest(ask(history), catalogue))[0]
    before = next(key for key in topical.items.ids if key not in keys(suggest(ask(history), catalogue))
                  and key != best and key not in {event.item for event in history})  # fmt: skip
    changed = Catalogue.of(rows_of(topical.items, topical.popularity, **{best: {"prerequisites": (before,)}}))
    shown = suggest(ask(history), changed)
    assert best not in keys(shown)
    reason = next(one.reason for one in shown.items if one.item == before)
    assert (reason.code, reason.item) == ("prerequisite", best)
    met = suggest(ask(history, completed=frozenset({before}), exclude=frozenset({before})), changed)
    assert best in keys(met)
    begun = suggest(ask(history, exclude=frozenset({before})), changed)
    assert not {best, before} & set(keys(begun))


def test_a_learner_who_has_met_everything_goes_on_with_it(suggest, catalogue, topical):
    events = [Event(key, "viewed", NOW - 1_000) for key in topical.items.ids]
    assert len(keys(suggest(ask(events), catalogue))) == 6


def test_items_of_neither_vocabulary_nor_delta_still_fill_the_row(engine):
    strangers = Catalogue.of([CatalogueItem(f"course:9{n}", "course", popularity=float(n)) for n in range(4)])
    assert keys(engine.suggest(ask(quotas={}), strangers)) == [
        "course:93",
        "course:92",
        "course:91",
        "course:90",
    ]


def test_unknown_words_and_very_long_histories_are_answered(suggest, catalogue, topical):
    many = [Event(topical.items.ids[n % 48], "answered", NOW - 9e5 + n, value=n % 2) for n in range(2_000)]
    strange = [Event("course:404", "viewed", None), Event(topical.items.ids[0], "pondered", None)]
    profile = Profile(interests=("astrology",), gender="?", birth_year=1066, country="ZZ")
    context = Context("cellar", "course:404", None, None, None, "toaster", "tlh")
    shown = suggest(Request(events=tuple(many + strange), profile=profile, context=context), catalogue)
    assert len(shown.items) == 6
    assert np.isfinite([one.score for one in shown.items]).all()


def test_an_empty_catalogue_gives_an_empty_row(suggest, history):
    assert suggest(ask(history), Catalogue.of([])).items == ()


def test_a_new_item_is_suggested_untrained(engine, trained, topical, history):
    new = Items(
        ids=["course:100"], kind=np.array([0]), title=["python part 100"],
        topics=[(topical.items.topics[0][0],)], level=["beginner"], provider=["provider 0"],
        published_at=np.array([NOW - 60]),
    )  # fmt: skip
    catalogue = Catalogue.of(
        [*rows_of(topical.items), CatalogueItem("course:100", "course", topics=new.topics[0])]
    )
    fresh = Engine.open(trained.path)
    assert delta.add_items(trained.path, new, now=NOW) == 1
    assert delta.known_items(trained.path) == {*topical.items.ids, "course:100"}
    assert fresh.refresh()
    assert not fresh.refresh()
    shown = fresh.suggest(ask(history, limit=12), catalogue)
    assert "course:100" in keys(shown)
    assert next(one for one in shown.items if one.item == "course:100").source in fresh.names
    # what is known of a new item counts in a history, too
    with_it = ask([*history, Event("course:100", "viewed", NOW - 1)])
    scores = [
        [one.score for one in fresh.suggest(asked, catalogue).items] for asked in (with_it, ask(history))
    ]
    assert scores[0] != scores[1]
    # a second item joins the first
    second = Items(ids=["quiz:101"], kind=np.array([2]), title=["algebra"], topics=[("algebra",)])
    assert delta.add_items(trained.path, second, now=NOW) == 1
    assert delta.known_items(trained.path) >= {"course:100", "quiz:101"}
    assert delta.add_items(trained.path, topical.items, now=NOW) == 0


def test_an_altered_version_is_refused(trained, tmp_path):
    copy = tmp_path / "versions" / trained.version
    shutil.copytree(trained.path, copy)
    vectors = np.load(copy / "vectors.npy")
    vectors[0, 0] += 1
    np.save(copy / "vectors.npy", vectors)
    with pytest.raises(ArtifactBroken, match=r"vectors\.npy is not as it was written"):
        Engine.open(copy)
    with pytest.raises(ArtifactBroken, match=r"manifest\.json is missing"):
        Engine.open(tmp_path / "versions" / "none")


def test_answering_imports_neither_torch_nor_django(trained):
    program = f"""
import sys
from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.engine import Engine
from recommender.serving.fallback import popular
from recommender.serving.request import Request
from recommender.serving.delta import add_items
catalogue = Catalogue.of([CatalogueItem("course:0", "course"), CatalogueItem("quiz:2", "quiz")])
assert Engine.open({str(trained.path)!r}).suggest(Request(), catalogue).items
assert popular(Request(), catalogue).items
print([name for name in ("torch", "django", "scipy.optimize") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_fallback_needs_no_onnx_runtime():
    program = """
import sys
from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.fallback import popular
from recommender.serving.request import Request
assert popular(Request(), Catalogue.of([CatalogueItem("quiz:1", "quiz")])).items
print("onnxruntime" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
