"""Schemathesis: requests made up from the schema, right and wrong ones, and all its checks on each answer."""

from contextlib import nullcontext, suppress

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from embark.api.schema import VERSION
from embark.wsgi import application

EXAMPLES = 10


def operations():
    paths = SchemaGenerator(api_version=VERSION).get_schema(request=None, public=True)["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]


@pytest.fixture
def token(world):
    client = Client()
    client.force_login(world.learner)
    return client.session.session_key


@pytest.mark.django_db
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), operations(), ids=lambda value: value)
@pytest.mark.usefixtures("one_connection", "no_limits")
def test_every_answer_is_what_the_schema_says(token, path, method, mode):
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
    # Too large, gone and used up are refusals, too.
    checks = schema.config.checks
    for check in (checks.negative_data_rejection, checks.positive_data_acceptance):
        check.expected_statuses = sorted({*check.expected_statuses, "410", "413"})
    operation = schema[path][method.upper()]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case):
        with transaction.atomic():
            case.call_and_validate(headers={"X-Session-Token": token})
            transaction.set_rollback(True)

    # An operation that takes no parameter, or any text as one, can't be asked wrongly.
    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        ask()


@pytest.fixture
def one_connection():
    """A request outside of Django's test client ends with its connection closed, and the test's transaction
    with it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def no_limits(settings):
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], 10**9)
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
