"""Mails of notices and digests: when, to whom, in which words, and how they end."""

import itertools
import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from notices import delivery, digest, unsubscribing
from notices.messages import mark_read, notify
from notices.models import Notice, Preference
from notices.quiet import next_moment

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday


def prefer(learner, **choices):
    return Preference.objects.update_or_create(learner=learner, defaults=choices)[0]


def live_in(learner, zone):
    learner.profile.timezone = zone
    learner.profile.save()


# ------------------------------------------------------------------------------------------------ notices


@pytest.mark.django_db
def test_a_notice_is_mailed_once(learner):
    notify(
        learner=learner, kind="reply", title="An <answer>", body="Zero is a number.", url="/courses/", now=NOW
    )
    assert delivery.send_due(now=NOW) == 1
    assert delivery.send_due(now=NOW + timedelta(hours=1)) == 0
    [sent] = mail.outbox
    [html] = [part.content for part in sent.alternatives]
    assert sent.to == [learner.email]
    assert sent.subject == "An <answer>"
    assert "An <answer>" in sent.body
    assert "An &lt;answer&gt;" in html
    assert "http://127.0.0.1:8000/courses/" in sent.body
    assert "http://127.0.0.1:8000/courses/" in html
    assert Notice.objects.get().mailed_at == NOW


@pytest.mark.django_db
def test_who_gets_no_mail(learner):
    User.objects.filter(pk=learner.pk).update(is_simulated=True)
    simulated = User.objects.get(pk=learner.pk)
    imported = User.objects.create_user(None, external_id="bundle:1", is_imported=True)
    quiet = User.objects.create_user("grace@example.org")
    prefer(quiet, email=False)
    for person in (simulated, imported, quiet):
        notify(learner=person, kind="test", title="Hello", now=NOW)
    assert delivery.send_due(now=NOW + timedelta(days=2)) == 0
    assert Notice.objects.count() == 3


@pytest.mark.django_db
def test_what_was_read_or_refused_meanwhile_is_not_mailed(learner, other_learner):
    for person in (learner, other_learner):
        notify(learner=person, kind="test", title="Hello", now=NOW)
    mark_read(learner=learner)
    prefer(other_learner, email=False)
    assert delivery.send_due(now=NOW) == 0
    assert delivery.send_due(now=NOW + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_quiet_hours_hold_a_mail_back_by_the_learner_s_clock(learner):
    live_in(learner, "Asia/Tokyo")  # nine hours ahead: 18:30
    prefer(learner, quiet_from=time(18), quiet_until=time(7))
    notify(learner=learner, kind="test", title="Hello", now=NOW)
    assert delivery.send_due(now=NOW + timedelta(hours=12)) == 0
    assert delivery.send_due(now=NOW + timedelta(hours=12, minutes=30)) == 1


@pytest.mark.django_db
def test_quiet_hours_chosen_later_hold_a_waiting_mail_back_too(learner):
    notify(learner=learner, kind="test", title="Hello", now=NOW)
    prefer(learner, quiet_from=time(9), quiet_until=time(10))
    assert delivery.send_due(now=NOW) == 0
    assert delivery.send_due(now=NOW + timedelta(minutes=30)) == 1


clock = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
zones = st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "Europe/Berlin"])


@given(start=clock, end=clock, zone=zones, minutes=st.integers(0, 2 * 366 * 24 * 60))
def test_the_next_moment_is_the_first_that_is_not_quiet(start, end, zone, minutes):
    class Someone:
        class profile:
            timezone = zone

    preference = Preference(quiet_from=start, quiet_until=end)
    now = NOW + timedelta(minutes=minutes)
    then = next_moment(preference, Someone, now=now)
    local = then.astimezone(ZoneInfo(zone)).time()
    assert now <= then <= now + timedelta(hours=26)
    if start != end:
        # At a change of clocks the end itself may not exist: the moment is then the one right after.
        assert then == now or local == end or local.minute == end.minute
        quiet = start <= local < end if start < end else local >= start or local < end
        assert not quiet or then != now


@pytest.mark.django_db
def test_a_mail_server_that_is_away_delays_and_finally_gives_up(learner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # where nobody listens
    notify(learner=learner, kind="test", title="Hello", now=NOW)
    waits, now = [], NOW
    while (due := Notice.objects.get().mail_at) is not None:
        waits.append(due - now)
        now = due
        delivery.send_due(now=now)
    assert len(waits) == delivery.MOST_ATTEMPTS
    assert all(later > earlier for earlier, later in itertools.pairwise(waits[1:]))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert delivery.send_due(now=now + timedelta(days=30)) == 0


@pytest.mark.django_db
def test_a_learner_is_written_to_in_their_language(learner):
    learner.profile.language = "de"
    learner.profile.save()
    notify(learner=learner, kind="test", title="Hallo", now=NOW)
    delivery.send_due(now=NOW)
    assert 'lang="de"' in mail.outbox[0].alternatives[0].content


# ------------------------------------------------------------------------------------------------ digest


@pytest.mark.django_db
def test_the_digest_comes_on_monday_morning_by_the_learner_s_clock_once_a_week(learner):
    prefer(learner, digest=True)
    live_in(learner, "America/New_York")  # five hours behind: 4:30
    notify(learner=learner, kind="test", title="An answer", now=NOW)
    hours = [NOW + timedelta(hours=hour) for hour in range(14 * 24)]
    sent = [moment for moment in hours if digest.send_due(now=moment)]
    assert [moment.astimezone(ZoneInfo("America/New_York")).strftime("%a %H:%M") for moment in sent] == [
        "Mon 08:30",
        "Mon 08:30",
    ]
    assert "An answer" in mail.outbox[0].body


@pytest.mark.django_db
def test_nobody_gets_a_digest_unasked_or_an_empty_one(learner, other_learner, monkeypatch):
    monkeypatch.setattr(digest, "_sources", {})
    notify(learner=learner, kind="test", title="An answer", now=NOW)
    prefer(other_learner, digest=True)
    assert digest.send_due(now=NOW) == 0


@pytest.mark.django_db
def test_the_digest_says_what_is_under_way_and_what_could_be_next(learner):
    from courses import enrolment
    from recommender import catalog
    from world import build_course

    mine, *others = (build_course(title, topic="Mathematics") for title in ("Numbers", "Sets", "Proofs"))
    enrolment.enrol(learner=learner, course=mine)
    catalog.forget()
    prefer(learner, digest=True)
    assert digest.send_due(now=NOW) == 1
    body = mail.outbox[0].body
    assert "Numbers" in body
    assert all(other.title in body for other in others)
    assert re.search(r"http://127\.0\.0\.1:8000/courses/\w+/\?via=digest-1", body)


@pytest.mark.django_db
def test_a_part_that_fails_costs_the_digest_that_part_alone(learner, monkeypatch):
    def fail(learner):
        raise RuntimeError

    monkeypatch.setattr(digest, "_sources", {"broken": fail})
    prefer(learner, digest=True)
    notify(learner=learner, kind="test", title="An answer", now=NOW)
    assert digest.send_due(now=NOW) == 1


# ------------------------------------------------------------------------------------------- unsubscribing


@pytest.mark.django_db
@pytest.mark.parametrize("kind", unsubscribing.KINDS)
def test_one_click_ends_mails_without_signing_in(learner, kind):
    prefer(learner, email=True, digest=True)
    notify(learner=learner, kind="test", title="Hello", now=NOW)
    digest.send_due(now=NOW) if kind == "digest" else delivery.send_due(now=NOW)
    [sent] = mail.outbox
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    path = link.removeprefix("http://127.0.0.1:8000")
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(path).status_code == 200
    assert getattr(Preference.objects.get(learner=learner), kind), "a look at the link changes nothing"
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    kept = Preference.objects.get(learner=learner)
    assert (kept.email, kept.digest) == (kind != "email", kind != "digest")


@pytest.mark.django_db
def test_a_changed_link_ends_nothing(learner):
    path = unsubscribing.link(learner, "email")
    assert Client().post(path.replace("unsubscribe/", "unsubscribe/x")).status_code == 404


# -------------------------------------------------------------------------------------------- preferences


@pytest.mark.django_db
def test_choices_are_kept_and_half_a_night_is_none(learner):
    client = Client()
    client.force_login(learner)
    half = client.post("/notices/preferences/", {"digest": "on", "quiet_from": "22:00"})
    assert "Give both the beginning and the end" in half.content.decode()
    client.post("/notices/preferences/", {"digest": "on", "quiet_from": "22:00", "quiet_until": "07:00"})
    kept = Preference.objects.get(learner=learner)
    assert (kept.email, kept.digest, kept.quiet_from, kept.quiet_until) == (False, True, time(22), time(7))
