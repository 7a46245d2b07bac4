"""The losses against their definitions."""

import pytest
import torch

from recommender.training.losses import full_softmax, listwise_softmax, sampled_softmax


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(7, 5, generator=generator).requires_grad_()
    vectors = torch.randn(11, 5, generator=generator).requires_grad_()
    biases = torch.randn(11, generator=generator).requires_grad_()
    return queries, vectors, biases, torch.tensor([0, 3, 3, 10, 5, 6, 1])


def gradients(loss, *parameters):
    return torch.autograd.grad(loss, parameters)


def test_full_softmax_is_cross_entropy_with_its_gradients(problem):
    queries, vectors, biases, targets = problem
    loss = full_softmax(queries, vectors, biases, targets)
    expected = torch.nn.functional.cross_entropy(queries @ vectors.T + biases, targets)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    ours, theirs = gradients(loss, *problem[:3]), gradients(expected, *problem[:3])
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_what_is_no_choice_is_left_out_of_the_softmax(problem):
    queries, vectors, biases, targets = problem
    masked = (torch.tensor([0, 0, 4]), torch.tensor([1, 2, 0]))
    closed = torch.zeros(7, 11, dtype=torch.bool)
    closed[:, 9] = True
    logits = (queries @ vectors.T + biases).masked_fill(closed, -torch.inf)
    logits = logits.index_put(masked, torch.tensor(-torch.inf))
    expected = torch.nn.functional.cross_entropy(logits, targets)
    loss = full_softmax(queries, vectors, biases, targets, masked, closed)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert gradients(loss, vectors)[0][9].abs().max() == 0


def test_low_precision_is_close_to_full(problem):
    queries, vectors, biases, targets = problem
    exact = full_softmax(queries, vectors, biases, targets)
    quick = full_softmax(queries, vectors, biases, targets, low_precision=True)
    assert quick.item() == pytest.approx(exact.item(), rel=0.02)


def sampled_mean(problem, log_expected, share):
    """Mean loss for many samples drawn with `share`."""
    queries, vectors, biases, targets = (part.detach() for part in problem)
    generator = torch.Generator().manual_seed(1)
    sampled = torch.multinomial(share, 200_000, replacement=True, generator=generator)
    return sampled_softmax(queries, vectors, biases, targets, sampled, log_expected).item()


def test_the_sampling_correction_has_the_right_sign(problem):
    """With logQ subtracted, a skewed sample gives the full softmax; added, or left away, it does not."""
    share = torch.softmax(torch.linspace(0, 4, 11), dim=0)
    log_expected = torch.log(200_000 * share)
    truth = full_softmax(*problem).item()
    assert sampled_mean(problem, log_expected, share) == pytest.approx(truth, rel=0.02)
    assert sampled_mean(problem, -log_expected, share) != pytest.approx(truth, rel=0.2)
    assert sampled_mean(problem, torch.zeros(11), share) != pytest.approx(truth, rel=0.2)


def test_a_sample_that_is_the_target_does_not_compete_with_it(problem):
    queries, vectors, biases, targets = problem
    sampled = targets[:1].repeat(50)
    loss = sampled_softmax(queries[:1], vectors, biases, targets[:1], sampled, torch.zeros(11))
    assert loss.item() == pytest.approx(0.0, abs=1e-6)


def test_listwise_softmax_ignores_padding():
    scores = torch.tensor([[1.0, 2.0, 9.0], [0.5, 0.0, -1.0]])
    present = torch.tensor([[True, True, False], [True, True, True]])
    loss = listwise_softmax(scores, torch.tensor([1, 0]), present)
    first = torch.nn.functional.cross_entropy(scores[:1, :2], torch.tensor([1]))
    second = torch.nn.functional.cross_entropy(scores[1:], torch.tensor([0]))
    assert loss.item() == pytest.approx((first.item() + second.item()) / 2, rel=1e-5)
