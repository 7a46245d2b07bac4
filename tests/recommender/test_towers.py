"""Laws of the network, trained or not."""

import numpy as np
import pytest
import torch

from recommender.serving.encoding import N_EVENT_TOKENS, N_GAPS, Encoder, event_tokens, gap_buckets, ngrams
from recommender.towers.multi_tower import MultiTower

SIZES = dict.fromkeys(
    (
        "topics",
        "levels",
        "languages",
        "providers",
        "instructors",
        "genders",
        "countries",
        "educations",
        "locales",
    ),
    4,
)


@pytest.fixture
def towers():
    torch.manual_seed(0)
    model = MultiTower(SIZES | {"text": 64}, torch.randn(9, 8), hidden=12, text_width=4, dropout=0.0)
    for parameter in model.parameters():  # as if trained: nothing is zero
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model.eval()


def item_features(n=9):
    return {
        "text": torch.randint(0, 64, (n, 6)), "text_weight": torch.rand(n, 6),
        "topics": torch.randint(0, 4, (n, 3)), "instructors": torch.zeros(n, 2, dtype=torch.int64),
        "kind": torch.ones(n, dtype=torch.int64), "level": torch.zeros(n, dtype=torch.int64),
        "language": torch.ones(n, dtype=torch.int64), "provider": torch.zeros(n, dtype=torch.int64),
        "numbers": torch.zeros(n, 4),
    }  # fmt: skip


def profile(b, **known):
    empty = {name: torch.zeros(b, dtype=torch.int64) for name in ("gender", "country", "education", "age")}
    return empty | {"interests": torch.zeros(b, 16, dtype=torch.int64)} | known


def context(m, **known):
    names = ("hour", "weekday", "device", "locale", "placement", "since")
    return {name: torch.zeros(m, dtype=torch.int64) for name in names} | known


def events(b, length):
    vectors = torch.randn(b, length, 8)
    return vectors, torch.randint(1, N_EVENT_TOKENS, (b, length)), torch.randint(0, N_GAPS, (b, length))


def test_a_state_knows_nothing_of_later_events(towers):
    vectors, tokens, gaps = events(2, 6)
    before = towers.user(vectors, tokens, gaps, profile(2))
    vectors[:, 4:], tokens[:, 4:] = torch.randn(2, 2, 8), 1
    after = towers.user(vectors, tokens, gaps, profile(2))
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])


def test_every_event_moves_the_last_state(towers):
    vectors, tokens, gaps = events(1, 5)
    last = towers.user(vectors, tokens, gaps, profile(1))[:, -1]
    for event in range(5):
        other = vectors.clone()
        other[:, event] = torch.randn(8)
        assert not torch.allclose(last, towers.user(other, tokens, gaps, profile(1))[:, -1])


def test_without_events_the_profile_speaks(towers):
    nothing = (
        torch.zeros(2, 0, 8),
        torch.zeros(2, 0, dtype=torch.int64),
        torch.zeros(2, 0, dtype=torch.int64),
    )
    interests = torch.zeros(2, 16, dtype=torch.int64)
    interests[1, 0] = 2
    states = towers.user(*nothing, profile(2, interests=interests))
    assert states.shape == (2, 1, 8)
    assert not torch.allclose(states[0], states[1])


def test_passing_and_failing_are_read_differently(towers):
    vectors, _, gaps = events(1, 3)
    passed = event_tokens(np.array([4, 4, 4]), np.full(3, np.nan))
    failed = event_tokens(np.array([5, 5, 5]), np.full(3, np.nan))
    wrong = event_tokens(np.array([3, 3, 3]), np.zeros(3))
    right = event_tokens(np.array([3, 3, 3]), np.ones(3))
    states = [
        towers.user(vectors, torch.from_numpy(tokens)[None], gaps, profile(1))[0, -1]
        for tokens in (passed, failed, wrong, right)
    ]
    assert all(not torch.allclose(a, b) for i, a in enumerate(states) for b in states[:i])


def test_a_masked_id_leaves_the_features_alone(towers):
    features = item_features()
    vectors, biases = towers.item(features, torch.zeros(9))
    expected = towers.item.from_features(features, torch.zeros(9))
    torch.testing.assert_close((vectors, biases), expected)
    towers.item.id.data.normal_()
    torch.testing.assert_close(towers.item(features, torch.zeros(9))[0], vectors)
    assert not torch.allclose(towers.item(features, torch.ones(9))[0], vectors)


@pytest.mark.parametrize("name", ["text", "topics", "kind", "language", "numbers"])
def test_every_kind_of_feature_moves_the_vector(towers, name):
    torch.manual_seed(3)
    features = item_features()
    before = towers.item(features, torch.zeros(9))[0]
    changed = features[name].clone()
    changed[0] = 0 if changed.dtype == torch.int64 else 1
    if torch.equal(changed[0], features[name][0]):
        changed[0] = 1
    after = towers.item(features | {name: changed}, torch.zeros(9))[0]
    assert not torch.allclose(before[0], after[0])
    torch.testing.assert_close(before[1:], after[1:])


def test_an_unknown_moment_adds_nothing(towers):
    nothing = towers.context(context(3), torch.zeros(3, 8))
    bias_of_page = towers.context.page.bias.detach()
    torch.testing.assert_close(nothing, bias_of_page.expand(3, 8))


def test_values_that_training_never_showed_change_nothing():
    torch.manual_seed(0)
    fresh = MultiTower(SIZES | {"text": 64}, torch.randn(9, 8), hidden=12, text_width=4, dropout=0.0).eval()
    told = context(2, placement=torch.tensor([3, 0]), device=torch.tensor([1, 0]), hour=torch.tensor([5, 0]))
    out = fresh.context(told, torch.zeros(2, 8))
    torch.testing.assert_close(out[0], out[1])


def test_merge_starts_as_a_sum():
    torch.manual_seed(0)
    fresh = MultiTower(SIZES | {"text": 64}, torch.randn(9, 8), hidden=12, text_width=4, dropout=0.0)
    user, moment = torch.randn(4, 8), torch.randn(4, 8)
    torch.testing.assert_close(fresh.merge(user, moment), user + moment)


def test_gaps_double_from_bucket_to_bucket():
    minute, day = 60.0, 86_400.0
    buckets = gap_buckets(np.array([np.nan, 0.0, minute, 2 * minute, day, 2 * day, 1e12]))
    assert buckets[0] == 0
    assert buckets[1] >= 1
    assert buckets[3] == buckets[2] + 1
    assert buckets[5] == buckets[4] + 1
    assert buckets[-1] == N_GAPS - 1


def test_text_is_read_in_any_language():
    assert {"algebra", "#<al"} <= set(ngrams("Algebra!"))
    assert {"机", "机器", "器学"} <= set(ngrams("机器学习"))


def test_items_with_like_texts_have_like_features(worlds):
    dataset = worlds.dataset_of([[0, 1], [2, 3]], n_items=4)
    titles = ["Linear algebra", "linear algebra!", "History of Rome", ""]
    object.__setattr__(dataset.items, "title", titles)
    encoder = Encoder.learn(dataset, text_buckets=512)
    encoded = encoder.items(dataset.items, now=0.0)
    weights = np.zeros((4, 512))
    for row in range(4):
        np.add.at(weights[row], encoded["text"][row], encoded["text_weight"][row])
    assert weights[0] @ weights[1] == pytest.approx(1.0, abs=1e-5)
    assert weights[0] @ weights[2] < 0.3
    assert weights[3].sum() == 0
