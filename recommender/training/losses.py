"""Losses of retrieval and ranking."""

import torch
from torch import Tensor


class _FullSoftmax(torch.autograd.Function):
    """Loss and gradients in one pass, so that the [m, n] logits are made once and overwritten in place."""

    @staticmethod
    def forward(ctx, queries, vectors, biases, targets, masked, closed, low_precision):
        kind = torch.bfloat16 if low_precision else queries.dtype
        q, v = queries.to(kind), vectors.to(kind)
        # [m, n]; a sum of its own would be a second array of that size
        logits = (q @ v.T).float().add_(biases) if low_precision else torch.addmm(biases, q, v.T)
        if masked is not None:
            logits[masked] = -torch.inf
        if closed is not None:
            logits.masked_fill_(closed, -torch.inf)
        rows = torch.arange(len(targets))
        top = logits.amax(dim=1, keepdim=True)
        chosen = logits[rows, targets]
        probabilities = logits.sub_(top).exp_()
        total = probabilities.sum(dim=1, keepdim=True)
        loss = (total.log() + top).squeeze(1) - chosen  # [m]
        gradient = probabilities.div_(total * len(targets))  # d mean loss / d logits = (p - 1[target]) / m
        gradient[rows, targets] -= 1 / len(targets)
        g = gradient.to(kind)
        ctx.save_for_backward((g @ v).to(queries.dtype), (g.T @ q).to(vectors.dtype), gradient.sum(dim=0))
        return loss.mean()

    @staticmethod
    def backward(ctx, above):
        queries, vectors, biases = ctx.saved_tensors
        return above * queries, above * vectors, above * biases, None, None, None, None


def full_softmax(
    queries: Tensor,
    vectors: Tensor,
    biases: Tensor,
    targets: Tensor,
    masked: tuple[Tensor, Tensor] | None = None,
    closed: Tensor | None = None,
    *,
    low_precision: bool = False,
) -> Tensor:
    """Mean cross-entropy of the targets among all items.

    queries [m, d], vectors [n, d], biases [n], targets int64[m]. What is no choice: `masked` lists
    (row, item) pairs, such as items of the history; `closed` bool[m, n], such as items not yet published.
    `low_precision` multiplies in bfloat16 and sums in float32.
    """
    return _FullSoftmax.apply(queries, vectors, biases, targets, masked, closed, low_precision)


def sampled_softmax(
    queries: Tensor,
    vectors: Tensor,
    biases: Tensor,
    targets: Tensor,
    sampled: Tensor,
    log_expected: Tensor,
) -> Tensor:
    """Mean cross-entropy of the targets among themselves and `sampled` items int64[s].

    `log_expected` float32[n] is the log of how often each item is expected among the samples. It is
    subtracted from the negatives' logits: a popular item is drawn more often than its share and must weigh
    less each time (Bengio, Senecal 2008; for towers Yi et al. 2019, RecSys, section 3.2). The target is not
    sampled, it is always there, so that its logit stays as it is (Wang et al. 2025, "Correcting the logQ
    correction"). Samples that equal the target are left out.
    """
    positive = (queries * vectors[targets]).sum(dim=1) + biases[targets]  # [m]
    negative = queries @ vectors[sampled].T + biases[sampled] - log_expected[sampled]  # [m, s]
    negative = negative.masked_fill(sampled[None, :] == targets[:, None], -torch.inf)
    logits = torch.cat([positive[:, None], negative], dim=1)  # [m, 1 + s]
    return (torch.logsumexp(logits, dim=1) - positive).mean()


def listwise_softmax(scores: Tensor, positives: Tensor, present: Tensor) -> Tensor:
    """Mean cross-entropy of the chosen candidate of each list (ListNet's top-one loss, Cao et al. 2007).

    scores [b, c]; positives int64[b], the chosen candidate's place; present bool[b, c], false for padding.
    """
    scores = scores.masked_fill(~present, -torch.inf)
    chosen = scores.gather(1, positives[:, None]).squeeze(1)
    return (torch.logsumexp(scores, dim=1) - chosen).mean()
