"""Members against the equations of their papers, worked slowly on small data."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recommender.data.queries import Queries
from recommender.zoo import base
from recommender.zoo.histories import decayed, top_k_rows
from recommender.zoo.losses import fast_dtype, full_softmax, gbce
from recommender.zoo.lstm import LSTM
from recommender.zoo.pmi import pmi_vectors
from recommender.zoo.sequence import token_batches
from recommender.zoo.transformer import Block

HISTORIES = [[0, 1, 2], [0, 2, 3], [1, 2], [3, 0, 1, 2]]


@pytest.fixture
def dataset(worlds):
    return worlds.dataset_of(HISTORIES, n_items=4)


def matrix(histories, n_items=4):
    return np.array([[float(item in history) for item in range(n_items)] for history in histories])


def test_ease_is_the_constrained_least_squares_solution(dataset):
    """Each column alone: the best ridge weights on X that leave the item itself out."""
    weights = base.create("ease", l2=0.7).fit(dataset).weights
    x = matrix(HISTORIES)
    for column in range(4):
        others = [item for item in range(4) if item != column]
        gram = x[:, others].T @ x[:, others] + 0.7 * np.eye(3)
        wanted = np.linalg.solve(gram, x[:, others].T @ x[:, column])
        assert weights[others, column] == pytest.approx(wanted, abs=1e-5)
        assert weights[column, column] == 0


def test_ease_limits_itself_to_the_most_popular_items(dataset):
    weights = base.create("ease", max_items=3).fit(dataset).weights
    left_out = int(np.argmin(dataset.popularity))
    assert not weights[left_out].any()
    assert not weights[:, left_out].any()
    assert weights.any()


def test_slit_is_ridge_regression_from_before_to_after(dataset):
    settings = {"l2": 0.5, "decay": 0.7, "window": 2, "next_window": 2, "next_decay": 0.6}
    weights = base.create("slit", **settings).fit(dataset).weights
    sources, targets = [], []
    for history in HISTORIES:
        for at in range(len(history)):
            source, target = np.zeros(4), np.zeros(4)
            for k, item in enumerate(history[at::-1][:2]):
                source[item] = 0.7**k
            for k, item in enumerate(history[at + 1 :][:2]):
                target[item] = 0.6**k
            sources.append(source)
            targets.append(target)
    s, t = np.array(sources), np.array(targets)
    wanted = np.linalg.solve(s.T @ s + 0.5 * np.eye(4), s.T @ t)
    assert weights == pytest.approx(wanted, abs=1e-5)


def test_markov_counts_decayed_transitions(dataset):
    model = base.create("markov", train_window=2, train_decay=0.5, power=1.0, decay=0.5, window=2, prior=0.0)
    model.fit(dataset)
    counts = np.zeros((4, 4))
    for history in HISTORIES:
        for at, item in enumerate(history):
            for step, after in enumerate(history[at + 1 :][:2]):
                counts[item, after] += 0.5**step
    wanted = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    assert model.weights.toarray() == pytest.approx(wanted, abs=1e-6)
    scores = model.scores(Queries.of(dataset, [0]))
    assert scores[0] == pytest.approx(wanted[2] + 0.5 * wanted[1], abs=1e-6)


def test_second_order_markov_leans_on_the_first_order_where_pairs_are_rare(dataset):
    model = base.create("markov_second_order", window=1, smoothing=2.0).fit(dataset)
    scores = model.scores(Queries.of(dataset.leave_last(1), [0, 3]))
    # after (0, 1): item 2 twice. First order after 1: item 2 always.
    assert scores[0] == pytest.approx([0, 0, (2 + 2 * 1.0) / (2 + 2), 0], abs=1e-6)
    assert scores[1] == pytest.approx(scores[0]), "(3, 0, 1) ends in the same pair"
    unseen = model.scores(Queries.of(dataset.where(np.isin(np.arange(dataset.n_events), [0, 5])), [0]))
    first_order = np.zeros(4)
    first_order[[1, 2]] = 2 / 3, 1 / 3
    assert unseen[0] == pytest.approx(first_order, abs=1e-6), "no pair: the first order alone"


def test_item_knn_is_a_shrunk_cosine(dataset):
    model = base.create("item_knn", shrinkage=1.0, neighbours=4).fit(dataset)
    x = matrix(HISTORIES)
    trust = np.diag(1 / np.log2(1 + x.sum(axis=1)))
    together, norms = x.T @ trust @ x, np.sqrt(x.sum(axis=0))
    wanted = together / (np.outer(norms, norms) + 1)
    np.fill_diagonal(wanted, 0)
    assert model.weights.toarray() == pytest.approx(wanted, abs=1e-6)


def test_user_knn_adds_up_what_the_nearest_have_met(dataset):
    model = base.create("user_knn", neighbours=2, decay=1.0, window=9, damping=0.5).fit(dataset)
    x = matrix(HISTORIES)
    idf = np.log(5 / (1 + x.sum(axis=0)))
    alike = (x[[2]] * idf) @ (x / np.sqrt(x.sum(axis=1, keepdims=True))).T
    nearest = np.argsort(-alike[0])[:2]
    assert model.scores(Queries.of(dataset, [2]))[0] == pytest.approx(
        alike[0, nearest] @ x[nearest], abs=1e-5
    )


def test_a_decayed_history_counts_steps_back(dataset):
    got = decayed(Queries.of(dataset, [3]), 4, factor=0.5, window=3).toarray()
    assert got[0] == pytest.approx([0.25, 0.5, 1, 0])


def test_neighbours_are_the_largest_weights_without_the_item_itself(dataset):
    model = base.create("ease").fit(dataset)
    indptr, indices, values = model.neighbours(2)
    for row in range(4):
        part = slice(indptr[row], indptr[row + 1])
        best = np.sort(np.maximum(np.delete(model.weights[row], row), 0))[::-1][:2]
        assert np.sort(values[part])[::-1] == pytest.approx(best[best > 0])
        assert row not in indices[part]
        assert (np.diff(indices[part]) > 0).all()


def test_top_k_keeps_the_largest_positive_values():
    kept = top_k_rows(np.array([[3.0, -1, 2, 1], [0, 0, -5, 0]]), 2)
    assert kept.toarray().tolist() == [[3, 0, 2, 0], [0, 0, 0, 0]]


def test_the_softmax_loss_and_its_gradients_are_those_of_cross_entropy():
    torch.manual_seed(0)
    rows, items, width = 1100, 70, 8  # more than two chunks
    given = [torch.randn(rows, width), torch.randn(items, width) * 0.3, torch.randn(items)]
    targets = torch.randint(items // 2, (rows,))
    forbidden = (torch.arange(rows).repeat_interleave(2), torch.randint(items // 2, items, (2 * rows,)))
    answers = []
    for ours in (True, False):
        states, weight, bias = (tensor.clone().requires_grad_() for tensor in given)
        if ours:
            loss = full_softmax(states, weight, bias, targets, forbidden)
        else:
            logits = (states @ weight.T + bias).index_put(forbidden, torch.tensor(float("-inf")))
            loss = F.cross_entropy(logits, targets)
        loss.backward()
        answers.append([loss.detach(), states.grad, weight.grad, bias.grad])
    tolerance = 0.03 if fast_dtype() == torch.bfloat16 else 1e-4
    for got, wanted in zip(*answers, strict=True):
        assert (got - wanted).abs().max() <= tolerance * wanted.abs().max()


def test_gbce_is_binary_cross_entropy_when_not_calibrated():
    """At t = 0, beta is 1: the plain loss; at t = 1 the positive counts as the sampling rate."""
    torch.manual_seed(0)
    states, weight, bias, targets = torch.randn(6, 4), torch.randn(9, 4), torch.randn(9), torch.arange(6)
    losses = {}
    for t in (0.0, 0.5, 1.0):
        torch.manual_seed(1)
        losses[t] = gbce(states, weight, bias, targets, negatives=3, calibration=t)
    torch.manual_seed(1)
    sampled = torch.randint(9, (6, 3))
    positive = F.logsigmoid((states * weight[targets]).sum(-1) + bias[targets])
    logits = torch.einsum("sd,skd->sk", states, weight[sampled]) + bias[sampled]
    negative = (F.logsigmoid(-logits) * (sampled != targets[:, None])).sum(-1)
    assert losses[0.0].item() == pytest.approx(-(positive + negative).mean().item(), rel=1e-5)
    assert losses[1.0].item() == pytest.approx(-(3 / 8 * positive + negative).mean().item(), rel=1e-5)
    assert losses[1.0] < losses[0.5] < losses[0.0]


def test_the_lstm_follows_its_equations(dataset):
    """Hochreiter, Schmidhuber's gates, written out, give the network's states."""
    model = base.create("lstm", width=3, hidden=5, epochs=1).fit(dataset)
    net = model.net
    cell = net.recurrent
    hidden, memory, wanted = torch.zeros(5), torch.zeros(5), []
    with torch.inference_mode():
        for item in (3, 0, 1):
            x = net.item.weight[item] * 3**0.5
            gates = cell.weight_ih_l0 @ x + cell.bias_ih_l0 + cell.weight_hh_l0 @ hidden + cell.bias_hh_l0
            into, forget, candidate, out = gates.chunk(4)
            memory = torch.sigmoid(forget) * memory + torch.sigmoid(into) * torch.tanh(candidate)
            hidden = torch.sigmoid(out) * torch.tanh(memory)
            wanted.append(net.project(hidden))
        got = net.states(torch.tensor([[3, 0, 1]]))[0]
        assert got == pytest.approx(torch.stack(wanted), abs=1e-5)
        logits = net.item.weight[:4] @ wanted[-1] + net.bias
    scores = model.scores(Queries.of(dataset.leave_last(1), [3]))
    assert scores[0] == pytest.approx(logits.numpy(), abs=1e-5)


def test_attention_follows_its_equation():
    torch.manual_seed(0)
    block = Block(width=6, heads=2, length=5, dropout=0.5).eval()
    torch.nn.init.normal_(block.distance)
    x = torch.randn(1, 4, 6)
    with torch.inference_mode():
        query, key, value = block.query_key_value(block.attention_norm(x))[0].chunk(3, dim=1)
        mixed = torch.zeros(4, 6)
        for head in range(2):
            part = slice(3 * head, 3 * head + 3)
            for to in range(4):
                weight = torch.tensor(
                    [
                        query[to, part] @ key[past, part] / 3**0.5 + block.distance[head, to - past]
                        for past in range(to + 1)
                    ]
                )
                mixed[to, part] = torch.softmax(weight, 0) @ value[: to + 1, part]
        y = x[0] + block.project(mixed)
        wanted = y + block.narrow(F.gelu(block.wide(block.forward_norm(y))))
        assert block(x)[0] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("name", ["lstm", "transformer", "matrix_factorization"])
def test_a_step_never_sees_the_steps_after_it(dataset, name):
    model = base.create(name, width=8, epochs=1).fit(dataset)
    with torch.inference_mode():
        short = model.net.states(torch.tensor([[3, 0]]))
        long = model.net.states(torch.tensor([[3, 0, 1, 2]]))
    assert long[:, :2] == pytest.approx(short, abs=1e-5)


def test_the_training_loss_is_that_of_predicting_each_next_item(dataset):
    model: LSTM = base.create("lstm", width=8, epochs=1).fit(dataset)
    items = torch.tensor([[3, 0, 1, 2], [1, 2, 4, 4]])  # 4 is padding
    got = model.loss(items).item()
    with torch.inference_mode():
        total = 0.0
        for history in ([3, 0, 1, 2], [1, 2]):
            for at in range(1, len(history)):
                logits = model.net.logits(model.net.states(torch.tensor([history[:at]])))[0, -1]
                logits[history[:at]] = float("-inf")  # met before: no choice
                total -= F.log_softmax(logits, 0)[history[at]].item()
    assert got == pytest.approx(total / 4, rel=0.02)


def test_items_that_follow_each_other_start_near_each_other(worlds):
    dataset = worlds.random_world(n_learners=300, n_items=30)
    vectors = pmi_vectors(Queries.of(dataset, np.arange(300)), 30, 8)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    nearby = np.mean([cosine[n, (n + 1) % 30] for n in range(30)])
    far = np.mean([cosine[n, (n + 15) % 30] for n in range(30)])
    assert nearby > far + 0.3
    assert (vectors**2).mean() == pytest.approx(1 / 8, rel=0.01)


def test_batches_hold_every_row_once_at_similar_lengths():
    lengths = np.random.default_rng(0).integers(1, 50, 500)
    batches = token_batches(lengths, 200, np.random.default_rng(1))
    assert sorted(np.concatenate(batches).tolist()) == list(range(500))
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) <= 4
    assert all(len(batch) * lengths[batch].max() <= 200 for batch in batches)
