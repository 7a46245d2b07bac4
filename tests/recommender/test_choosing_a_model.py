"""What orders the suggestions can be chosen: the ranker, the blend, or one model alone."""

import json
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from jobs.models import Job
from recommender import artifacts, retraining
from recommender.admin import MODEL_LABELS
from recommender.data.dataset import Items
from recommender.ordering import MODELS, ON_REQUEST
from recommender.serving import delta
from recommender.serving.candidates import Z_LIMIT, Blend, State, opinions
from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.engine import Engine
from recommender.serving.request import Event, Request
from recommender.serving.sources import Linear, Rows
from recommender.training.config import Config


@pytest.fixture(scope="module")
def config(worlds):
    return Config(**worlds.small_training, epochs=2)


def fit(dataset, config):
    from recommender.training import fitting
    from recommender.training.loop import Watch

    return fitting.fit(dataset, config=config, watch=Watch())


@pytest.mark.parametrize("model", ["ease", "alike", "multi_tower", "blend", "transformer", "text"])
def test_one_model_orders_alone(topical, config, model):
    from recommender.data.splits import leave_last_out
    from recommender.training.ranker import asked

    fitted = fit(topical, replace(config, model=model))
    queries = leave_last_out(topical).queries(0, 40)
    scores = fitted.scores(queries)
    names = [source.name for source in fitted.scene.sources] + ["multi_tower"]
    for row, (_, said) in enumerate(asked(queries, fitted.scene)):
        opinion = said.blend if model == "blend" else said.raw[names.index(model)]
        met = queries.items[queries.offsets[row] : queries.offsets[row + 1]]
        unseen = np.setdiff1d(np.arange(topical.n_items), met)
        ours, theirs = unseen[np.argsort(-scores[row, unseen])], np.sort(opinion[unseen])[::-1]
        assert opinion[ours[:10]] == pytest.approx(theirs[:10], abs=2e-3)  # the ranker reads halves of floats


def test_a_model_alone_keeps_the_order_of_its_first_items_in_a_large_catalogue():
    """Five items far above thousands of others lie beyond any limit that a blend needs."""
    n = 5_000
    rows = Rows.weights(np.array([0, 5, *[5] * (n - 1)]), np.arange(5), np.array([5, 4, 3, 2, 1.0]), n)
    none = np.zeros(0, int)
    state = State(
        engaged=np.array([0]), met_at=np.array([np.nan]), graded=none, grades=none, done=none, interests=none,
        page=-1, now=np.nan, query=np.zeros(2), user=np.zeros(2), context=np.zeros(2),
    )  # fmt: skip
    markov = Linear("markov", rows, 0.8, None)
    everything = (state, [markov], np.ones((n, 2)), np.zeros(n))
    alone = opinions(*everything, Blend(np.array([1.0, 0.0]), 0.0), np.ones(n, bool), n)
    assert alone.blend[:5].argsort().tolist() == [4, 3, 2, 1, 0]
    blended = opinions(*everything, Blend(np.array([1.0, 0.5]), 1.0), np.ones(n, bool), n)
    assert blended.z.max() == Z_LIMIT


@pytest.mark.parametrize("model", ["lstm", "text"])
def test_a_version_of_one_model_answers_pages(topical, config, model, tmp_path):
    from recommender.training import pipeline

    summary = pipeline.train(topical, config=replace(config, model=model), directory=tmp_path)
    files = artifacts.verify(summary.directory)["files"]
    assert [name for name in files if name.startswith(f"sources/{model}/")]
    engine, (first, second) = Engine.open(summary.directory), topical.items.ids[:2]
    catalogue = Catalogue.of(CatalogueItem(key, key.partition(":")[0]) for key in topical.items.ids)
    asked = Request(events=(Event(first, "viewed", 1.71e9), Event(second, "viewed", 1.71e9 + 60)))
    shown = engine.suggest(asked, catalogue).items
    assert len(shown) == 6
    assert {one.source for one in shown} == {model}
    reasons = [one.reason for one in shown if one.reason.code == "history"]
    assert {reason.source for reason in reasons} == {model}
    assert {reason.item for reason in reasons} <= {first, second}
    # an item that training never showed is ranked: by its words, or by what the towers make of it
    new = Items(ids=["course:new"], kind=np.zeros(1), title=[f"{topical.items.topics[0][0]} part"],
                topics=[topical.items.topics[0]])  # fmt: skip
    assert delta.add_items(summary.directory, new, now=1.71e9) == 1
    assert engine.refresh()
    assert "course:new" in engine.best(replace(asked, events=asked.events[:1]), 49)


def test_the_ranker_has_no_part_of_what_was_not_chosen(trained):
    model = json.loads((trained.path / "model.json").read_text())
    assert not set(ON_REQUEST) & set(model["sources"])
    assert not [name for name in model["features"] if name.startswith(ON_REQUEST)]


def test_its_metrics_are_those_of_the_version(topical, config):
    fitted = fit(topical, replace(config, model="ease"))
    flat = retraining.flat(fitted.metrics)
    assert flat["model"] == "ease"
    assert flat["ndcg@10"] == flat["ease_ndcg@10"]
    assert "popularity_ndcg@10" in flat
    assert "multi_tower_ranker_ndcg@10" not in flat


def test_a_model_that_needs_times_says_so(worlds, config):
    from recommender.training.loop import TrainingFailed

    with pytest.raises(TrainingFailed, match="popularity_week can't be trained here"):
        fit(worlds.random_world(), replace(config, model="popularity_week"))


def test_an_unknown_model_is_refused(db):
    with pytest.raises(ValueError, match=r"no model 'oracle'.*ease"):
        Config(model="oracle")
    with pytest.raises(CommandError, match="invalid choice: 'oracle'"):
        call_command("train_recommender", "--model", "oracle")


def test_the_admin_offers_every_model_and_passes_the_choice_on(client, admin):
    client.force_login(admin)
    page = client.get(reverse("admin:recommender_modelversion_changelist")).content.decode()
    assert set(MODELS) == set(MODEL_LABELS)
    for name in MODELS:
        assert f'value="{name}"' in page
    client.post(reverse("admin:recommender_modelversion_train"), {"model": "oracle"})
    assert not Job.objects.exists()
    client.post(reverse("admin:recommender_modelversion_train"), {"model": "ease"})
    assert Job.objects.get().parameters == {"model": "ease"}
