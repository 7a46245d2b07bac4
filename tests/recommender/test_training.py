"""Training as a whole: nothing leaks, nothing is lost, and every end is a clean one."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import artifacts
from recommender.data.vocabulary import DISMISSED
from recommender.serving.encoding import Encoder
from recommender.training.batches import Histories
from recommender.training.config import Config
from recommender.training.hold_out import hold_out
from recommender.training.pipeline import TrainingCancelled, TrainingFailed, train


@pytest.fixture(scope="module")
def config(worlds):
    return Config(**worlds.small_training)


def quick(config, **changes):
    return replace(config, **{"min_steps": 1, "epochs": 2, "ranker_epochs": 1} | changes)


def histories_of(dataset, config):
    return Histories(dataset, Encoder.learn(dataset, text_buckets=64), config)


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=12), size=st.integers(2, 12))
def test_every_target_is_told_once_and_only_after_what_came_before(worlds, lengths, size):
    rng = np.random.default_rng(sum(lengths))
    dataset = worlds.dataset_of([rng.integers(0, 15, n).tolist() for n in lengths], n_items=15)
    histories = histories_of(dataset, Config(history=size, batch_events=30))
    told = []
    for batch in histories.batches(np.random.default_rng(0)):
        row, seen = (part.numpy() for part in batch.at)
        for point, target in enumerate(batch.targets.numpy()):
            past = batch.events["item"].numpy()[row[point]][: seen[point]]
            assert target not in past
            told.append((int(batch.learners[row[point]]), int(target)))
    expected = zip(
        dataset.learner[dataset.is_first_encounter], dataset.item[dataset.is_first_encounter], strict=True
    )
    assert sorted(told) == sorted((int(learner), int(item)) for learner, item in expected)


def test_a_dismissal_is_read_but_never_a_target(worlds):
    dataset = worlds.dataset_of([[0, 1, 2]], n_items=3, verbs=[["viewed", "dismissed", "viewed"]])
    batch = next(histories_of(dataset, Config()).batches(np.random.default_rng(0)))
    assert batch.targets.tolist() == [0, 2]
    assert batch.events["token"].tolist() == [[1, DISMISSED + 1]]


def test_an_item_is_no_negative_before_it_exists(topical, config):
    histories = histories_of(topical, config)
    first = np.full(topical.n_items, np.inf)
    np.minimum.at(first, topical.item, topical.time)
    object.__setattr__(topical.items, "published_at", np.full(topical.n_items, np.nan))
    try:
        histories = histories_of(topical, config)
        for batch in histories.batches(np.random.default_rng(0)):
            closed = histories.closed(batch.moments).numpy()
            assert (closed == (first[None, :] > batch.moments.numpy()[:, None])).all()
            assert not closed[np.arange(len(closed)), batch.targets.numpy()].any()
    finally:
        object.__setattr__(topical.items, "published_at", np.zeros(topical.n_items))


def test_what_is_held_back_by_time_is_after_all_that_was_seen(topical, config):
    held = hold_out(topical, config)
    assert held.protocol == "global-time"
    newest = held.base.time.max()
    ranker, test = (part.whole.time[part.targets] for part in (held.ranker, held.test))
    assert newest < ranker.min()
    assert ranker.max() < test.min()
    for part in (held.ranker, held.test):
        for target, end in zip(part.targets, part.ends, strict=True):
            learner = part.whole.learner[target]
            assert part.whole.offsets[learner] <= end <= target
            assert (part.whole.time[part.whole.offsets[learner] : end] < part.whole.time[target]).all()


def test_what_is_held_back_by_learner_is_of_different_learners(worlds, config):
    dataset = worlds.random_world(n_learners=80)
    held = hold_out(dataset, config)
    assert held.protocol == "leave-last-out"
    assert not set(held.ranker.learners) & set(held.test.learners)
    for part in (held.ranker, held.test):
        before = part.targets - dataset.offsets[part.learners]
        assert (held.base.lengths[part.learners] == before).all()
    untouched = np.setdiff1d(np.arange(80), [*held.ranker.learners, *held.test.learners])
    assert (held.base.lengths[untouched] == dataset.lengths[untouched]).all()


def test_the_model_beats_popularity_where_learners_have_a_taste(trained):
    models = trained.summary.metrics["models"]
    assert models["multi_tower_ranker"]["ndcg@10"] > 1.3 * models["popularity"]["ndcg@10"]
    assert models["multi_tower"]["ndcg@10"] > models["popularity"]["ndcg@10"]
    one = models["multi_tower_ranker"]
    assert one["ndcg@10_low"] <= one["ndcg@10"] <= one["ndcg@10_high"]


def test_the_same_seed_gives_the_same_metrics(trained, topical, config, tmp_path):
    again = train(topical, config=config, directory=tmp_path)
    for name, values in trained.summary.metrics["models"].items():
        assert again.metrics["models"][name]["ndcg@10"] == pytest.approx(values["ndcg@10"], abs=5e-4), name


@pytest.mark.parametrize(("n_learners", "n_items"), [(1, 4), (2, 3), (5, 6)])
def test_tiny_data_gives_a_version_that_serves(worlds, config, tmp_path, n_learners, n_items):
    from recommender.serving.catalogue import Catalogue, CatalogueItem
    from recommender.serving.engine import Engine
    from recommender.serving.request import Request

    histories = [[n % n_items for n in range(row, row + 3)] for row in range(n_learners)]
    summary = train(worlds.dataset_of(histories, n_items=n_items), config=quick(config), directory=tmp_path)
    catalogue = Catalogue.of([CatalogueItem(f"course:{n}", "course") for n in range(n_items)])
    shown = Engine.open(summary.directory).suggest(Request(quotas={}), catalogue).items
    assert {one.item for one in shown} == set(catalogue.keys)


def test_no_event_is_a_reason_to_fail(worlds, config, tmp_path):
    with pytest.raises(TrainingFailed, match="no event"):
        train(worlds.dataset_of([[]], n_items=3), config=config, directory=tmp_path)


def test_a_loss_that_is_not_a_number_fails_and_leaves_no_version(topical, config, tmp_path):
    with pytest.raises(TrainingFailed, match="loss became"):
        train(topical, config=replace(config, learning_rate=1e38), directory=tmp_path)
    assert artifacts.versions(tmp_path) == []


def test_cancelling_leaves_no_version(topical, config, tmp_path):
    beats = []
    with pytest.raises(TrainingCancelled):
        train(
            topical,
            config=config,
            directory=tmp_path,
            heartbeat=lambda: beats.append(1),
            cancelled=lambda: len(beats) > 5,
        )
    assert artifacts.versions(tmp_path) == []


def test_an_interrupted_training_goes_on_where_it_stopped(topical, config, tmp_path):
    config = quick(config, epochs=4)
    whole = train(topical, config=config, directory=tmp_path / "whole")
    stages = []

    def interrupt(stage, done, text):
        stages.append((stage, done))
        if stage == "towers" and done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(topical, config=config, directory=tmp_path / "parts", progress=interrupt)
    stages.clear()
    resumed = train(
        topical, config=config, directory=tmp_path / "parts", progress=lambda s, d, t: stages.append((s, d))
    )
    assert min(done for stage, done in stages if stage == "towers") >= 0.5
    ours, theirs = (one.metrics["models"]["multi_tower"]["ndcg@10"] for one in (whole, resumed))
    assert theirs == pytest.approx(ours, abs=5e-4)


def test_a_checkpoint_of_other_data_is_not_taken_up(topical, config, tmp_path, worlds):
    config = quick(config, epochs=4)

    def interrupt(stage, done, text):
        if stage == "towers" and done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(topical, config=config, directory=tmp_path, progress=interrupt)
    begun = []
    other = worlds.topical_world(seed=1, n_learners=100)
    train(other, config=config, directory=tmp_path, progress=lambda s, d, t: begun.append((s, d)))
    assert min(done for stage, done in begun if stage == "towers") == 0


def test_a_configuration_names_what_it_does_not_know(tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"epochs": 3, "layers": 2}')
    with pytest.raises(ValueError, match="layers"):
        Config.read(file)
    file.write_text('{"epochs": 3}')
    assert Config.read(file) == Config(epochs=3)


def run(*arguments):
    command = [sys.executable, "-m", "recommender.training.run", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def bundle(worlds, tmp_path):
    events = [worlds.event_header]
    events += [[f"u{u}", f"i{(u + n) % 4}", "enrolled", "", n, ""] for u in range(3) for n in range(3)]
    return worlds.write_bundle(tmp_path / "bundle", events=events)


def config_file(folder, worlds, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps(worlds.small_training | {"min_steps": 1, "epochs": 2} | changes))
    return file


def test_the_process_tells_its_progress_and_ends_with_a_version(bundle, tmp_path, worlds):
    process = run(
        "--bundle", bundle, "--output", tmp_path / "models", "--config", config_file(tmp_path, worlds)
    )
    lines = [json.loads(line) for line in process.communicate(timeout=120)[0].splitlines()]
    assert process.returncode == 0
    assert {"progress", "finished"} <= {line["event"] for line in lines}
    shares = [line["overall"] for line in lines if line["event"] == "progress"]
    assert shares == sorted(shares)
    artifacts.verify(artifacts.version_path(tmp_path / "models", lines[-1]["version"]))


def test_a_broken_bundle_is_one_sentence(tmp_path, worlds):
    bundle = worlds.write_bundle(tmp_path / "bundle")
    (bundle / "events.csv.gz").unlink()
    process = run("--bundle", bundle, "--output", tmp_path / "models")
    last = json.loads(process.communicate(timeout=120)[0].splitlines()[-1])
    assert process.returncode == 1
    assert last["event"] == "failed"
    assert "events.csv.gz" in last["reason"]


def test_a_signal_cancels_the_process(bundle, tmp_path, worlds):
    long = config_file(tmp_path, worlds, epochs=100_000, min_steps=100_000)
    process = run("--bundle", bundle, "--output", tmp_path / "models", "--config", long)
    for line in process.stdout:
        if '"towers"' in line:
            process.send_signal(signal.SIGTERM)
            break
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert '"cancelled"' in rest
    assert artifacts.versions(tmp_path / "models") == []


WORKER = """
import sys, torch
from torch import distributed
from recommender.training.distributed import join
world = join()
model = torch.nn.Linear(2, 1)
torch.nn.init.ones_(model.weight)
model(torch.full((1, 2), float(world.rank + 1))).sum().backward()
world.average_gradients(model)
print(world.rank, model.weight.grad.tolist(), world.share(list(range(5))), world.agree(world.rank == 1))
distributed.destroy_process_group()
"""


def test_processes_share_batches_and_average_gradients(tmp_path):
    environment = os.environ | {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "OMP_NUM_THREADS": "1",
        "MASTER_PORT": str(20_000 + os.getpid() % 20_000),
    }
    both = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"RANK": str(rank)},
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in both]
    assert said == ["0 [[1.5, 1.5]] [0, 2] True", "1 [[1.5, 1.5]] [1, 3] True"]


def test_large_catalogues_are_trained_on_samples(topical, config, tmp_path):
    sampled = replace(config, full_softmax_items=1, negatives=64)
    models = train(topical, config=sampled, directory=tmp_path).metrics["models"]
    assert models["multi_tower"]["ndcg@10"] > models["popularity"]["ndcg@10"]


def test_the_live_version_is_asked_only_what_it_can_not_know(topical, config, tmp_path):
    config = quick(config, epochs=3, held_back_days=60.0)
    past = topical.where(topical.time < np.quantile(topical.time, 0.7))
    first = train(past, config=config, directory=tmp_path)
    assert first.metrics["live"] == {}
    artifacts.publish(tmp_path, first.version)
    second = train(topical, config=config, directory=tmp_path)
    asked = second.metrics["live"]
    assert asked["version"] == first.version
    assert asked["targets"] == second.metrics["targets"]  # all are newer than what the first was trained on
    assert asked["ndcg@10"] == pytest.approx(
        second.metrics["models"]["multi_tower_ranker"]["ndcg@10"], abs=1e-6
    )
    assert 0 < asked["live_ndcg@10"] < 1
    artifacts.publish(tmp_path, second.version)
    third = train(topical, config=config, directory=tmp_path)
    assert third.metrics["live"] == {}  # the second has seen everything
