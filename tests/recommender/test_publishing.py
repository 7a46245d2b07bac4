"""What may go live."""

import pytest

from recommender.models import ModelVersion
from recommender.publishing import judge

ACCEPTED, REJECTED = ModelVersion.Verdict.ACCEPTED, ModelVersion.Verdict.REJECTED


def metrics(ndcg, *, half_width=0.01, popularity=0.1):
    return {
        "ndcg@10": ndcg,
        "ndcg@10_low": ndcg - half_width,
        "ndcg@10_high": ndcg + half_width,
        "popularity_ndcg@10": popularity,
    }


@pytest.mark.parametrize(
    ("candidate", "current", "verdict"),
    [
        (metrics(0.20), None, ACCEPTED),
        (metrics(0.08), None, REJECTED),
        (metrics(0.095), None, ACCEPTED),
        (metrics(0.20), metrics(0.18), ACCEPTED),
        (metrics(0.20), metrics(0.205), ACCEPTED),
        (metrics(0.20), metrics(0.23), REJECTED),
        (metrics(0.20, half_width=0.05), metrics(0.23), ACCEPTED),
        (metrics(0.20) | {"live_ndcg@10": 0.19}, metrics(0.23), ACCEPTED),
        (metrics(0.20) | {"live_ndcg@10": 0.22}, metrics(0.10), REJECTED),
        ({}, None, ACCEPTED),
        ({}, metrics(0.2), REJECTED),
    ],
)
def test_a_version_goes_live_unless_it_is_worse_beyond_its_interval(candidate, current, verdict):
    assert judge(candidate, current=current)[0] == verdict


def test_the_verdict_names_the_numbers_it_compares():
    explanation = judge(metrics(0.2), current=metrics(0.3))[1]
    assert "0.2000" in explanation
    assert "0.3000" in explanation
