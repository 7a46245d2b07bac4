import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recommender.data.splits import leave_last_out
from recommender.evaluation import tuning
from recommender.zoo import base


def bundle_of(worlds, folder, dataset):
    events = [worlds.event_header]
    for row in range(dataset.n_learners):
        events += [
            [f"u{row}", f"i{i}", "enrolled", "", n, ""] for n, i in enumerate(dataset.history(row).items)
        ]
    items = [worlds.item_header, *([f"i{n}", "course", *[""] * 7] for n in range(dataset.n_items))]
    learners = [worlds.learner_header, *([f"u{n}", *[""] * 4] for n in range(dataset.n_learners))]
    return worlds.write_bundle(folder, items=items, learners=learners, events=events)


def tune(*arguments, **options):
    out = StringIO()
    call_command("tune", *map(str, arguments), stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_stopped_search_goes_on_and_writes_its_winner(worlds, tmp_path):
    folder = bundle_of(worlds, tmp_path / "bundle", worlds.random_world(n_learners=60))
    options = {"folder": str(tmp_path / "studies"), "defaults": str(tmp_path / "defaults.json")}
    tune(folder, "markov", trials=2, **options)
    table = tune(folder, "markov", trials=5, **options)
    rows = [line for line in table.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert sorted(int(row.split("|")[1]) for row in rows) == [1, 2, 3, 4, 5]
    values = [float(row.split("|")[2]) for row in rows]
    assert values == sorted(values, reverse=True)
    chosen = json.loads((tmp_path / "defaults.json").read_text())["markov"]
    assert set(chosen) == set(tuning.SPACES["markov"])
    assert base.member("markov").Settings(**chosen)


def test_the_first_trial_is_todays_default(worlds, tmp_path):
    split = leave_last_out(worlds.random_world(n_learners=40))
    study = tuning.open_study(tmp_path, "ease", seed=0)
    tuning.search(study, "ease", split, trials=1, k=10, progress=lambda done, text: None)
    settings = base.create("ease").settings
    assert study.trials[0].params == {"l2": settings.l2, "decay": settings.decay}


def test_defaults_of_other_models_are_kept(tmp_path):
    file = tmp_path / "defaults.json"
    tuning.write_defaults("ease", {"l2": 12.3456789}, file)
    tuning.write_defaults("markov", {"window": 3}, file)
    assert json.loads(file.read_text()) == {"ease": {"l2": 12.35}, "markov": {"window": 3}}


@pytest.mark.parametrize("name", sorted(tuning.SPACES))
def test_every_space_names_settings_of_its_model(name):
    settings = base.create(name).settings
    for setting, (kind, low, high) in tuning.SPACES[name].items():
        assert hasattr(settings, setting)
        assert low < high
        assert kind in tuning.KINDS


def test_a_time_split_needs_two_dates(worlds, tmp_path):
    folder = bundle_of(worlds, tmp_path / "bundle", worlds.random_world(n_learners=10))
    with pytest.raises(CommandError, match="needs --at DATE and --until DATE"):
        tune(folder, "ease", protocol="global-time", at="2024-01-01")
