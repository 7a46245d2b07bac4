"""One at a time: whoever asks while a lock is held is told so; once given back, the next one gets it."""

import pytest

from jobs.locks import Busy, exclusive

pytestmark = pytest.mark.django_db


def test_a_second_holder_is_refused():
    with exclusive("the kitchen"):
        with pytest.raises(Busy, match="the kitchen"), exclusive("the kitchen"):
            raise AssertionError("two hold one lock")
        with exclusive("the garden"):
            pass


def test_the_next_one_gets_it_at_once_however_the_block_ended():
    for _turn in range(200):
        with pytest.raises(ZeroDivisionError), exclusive("the kitchen"):
            raise ZeroDivisionError
