"""Filters of the admin's lists under names: what is kept, who sees it, who may delete it."""

import pytest
from django.contrib import admin as site
from django.contrib.auth.models import Permission
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import lists, saved_filters
from accounts.models import SavedFilter, User
from chromium import faults
from embark import privacy
from world import build_course

COURSES = reverse("admin:courses_course_changelist")
SAVE = reverse("admin:courses_course_save_filter")
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


def delete(saved):
    return reverse("admin:courses_course_delete_filter", args=[saved.pk])


@pytest.fixture
def colleague(db):
    """Somebody of the staff who may see courses and nothing else."""
    user = User.objects.create_user("colleague@example.org", display_name="Col", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_course", "edit_any_course"]))
    return user


@pytest.fixture
def saved(admin):
    return saved_filters.save(
        owner=admin, of="courses.course", name="Drafts", query="status__exact=draft&q=knots"
    )


@given(st.dictionaries(words, words, max_size=5))
def test_the_essence_of_an_essence_is_itself_and_loses_no_choice(chosen):
    query = QueryDict(mutable=True)
    query.update(chosen)
    kept = saved_filters.essence(query.urlencode())
    assert saved_filters.essence(kept) == kept
    lost = set(chosen) - set(QueryDict(kept))
    assert lost <= set(saved_filters._PASSING)


def test_where_in_the_list_one_is_does_not_belong_to_it():
    assert saved_filters.essence("q=knots&p=3&level=&_popup=1&o=-1") == "q=knots&o=-1"


def test_what_the_list_shows_is_kept_and_leads_back_to_it(client, admin):
    build_course("Knots", topic="Sailing")
    build_course("Novels", topic="Literature")
    client.force_login(admin)
    form = {"name": "  Sailing ", "query": "q=knots&p=1"}
    response = client.post(SAVE, form, follow=True)
    assert response.redirect_chain[-1][0] == f"{COURSES}?q=knots"
    kept = SavedFilter.objects.get()
    assert (kept.owner, kept.list, kept.name, kept.query) == (admin, "courses.course", "Sailing", "q=knots")
    page = client.get(COURSES)
    assert f'href="?{kept.query}"' in page.text
    shown = client.get(f"{COURSES}?{kept.query}")
    assert [course.title for course in shown.context["cl"].result_list] == ["Knots"]
    assert 'aria-current="true"' in shown.text


def test_the_same_name_again_replaces_it(saved, admin):
    again = saved_filters.save(owner=admin, of="courses.course", name="Drafts", query="q=loops")
    assert again.pk == saved.pk
    assert SavedFilter.objects.get().query == "q=loops"


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("", "q=a", "Give the filter a name."),
        ("x" * 61, "q=a", "at most 60 characters"),
        ("All", "p=3", "nothing to save"),
        ("Long", f"q={'a' * 2000}", "too long"),
    ],
)
def test_what_can_not_be_kept_is_refused_in_a_sentence(client, admin, name, query, sentence):
    client.force_login(admin)
    response = client.post(SAVE, {"name": name, "query": query}, follow=True)
    assert sentence in response.text
    assert not SavedFilter.objects.exists()


def test_a_list_keeps_a_limited_number(admin):
    for number in range(20):
        saved_filters.save(owner=admin, of="courses.course", name=f"{number}", query="q=a")
    with pytest.raises(saved_filters.Refused, match="20"):
        saved_filters.save(owner=admin, of="courses.course", name="more", query="q=a")
    saved_filters.save(owner=admin, of="courses.course", name="3", query="q=b")
    saved_filters.save(owner=admin, of="quizzes.quiz", name="more", query="q=a")


def test_others_see_it_only_when_it_is_shared_and_never_delete_it(client, saved, colleague):
    client.force_login(colleague)
    assert "Drafts" not in client.get(COURSES).text
    SavedFilter.objects.update(is_shared=True)
    page = client.get(COURSES).text
    assert "shared by Admin" in page
    assert delete(saved) not in page
    assert client.post(delete(saved)).status_code == 404
    assert SavedFilter.objects.exists()


def test_the_owner_deletes_it_and_stays_where_they_were(client, saved, admin):
    client.force_login(admin)
    assert delete(saved) in client.get(COURSES).text
    response = client.post(delete(saved), {"query": "q=loops"})
    assert response.url == f"{COURSES}?q=loops"
    assert not SavedFilter.objects.exists()


def test_it_is_for_those_who_may_see_the_list(client, saved, colleague, learner):
    quizzes = reverse("admin:quizzes_quiz_save_filter")
    client.force_login(colleague)
    assert client.post(quizzes, {"name": "Mine", "query": "q=a"}).status_code == 403
    assert client.get(SAVE).status_code == 403
    client.force_login(learner)
    assert client.post(SAVE, {"name": "Mine", "query": "q=a"}).status_code == 302
    client.logout()
    assert client.post(delete(saved)).status_code == 302
    assert list(SavedFilter.objects.all()) == [saved]


def test_a_filter_of_one_list_is_not_in_another(client, saved, admin):
    client.force_login(admin)
    assert "Drafts</a>" not in client.get(reverse("admin:quizzes_quiz_changelist")).text
    elsewhere = reverse("admin:quizzes_quiz_delete_filter", args=[saved.pk])
    assert client.post(elsewhere).status_code == 404


def test_a_name_is_text_and_a_query_no_address(client, admin):
    name, query = "<script>alert(1)</script>", 'q="><script>alert(2)</script>'
    saved_filters.save(owner=admin, of="courses.course", name=name, query=query)
    client.force_login(admin)
    page = client.get(COURSES).text
    assert "<script>alert" not in page
    elsewhere = client.post(SAVE, {"name": "x", "query": "//evil.example=1"})
    assert elsewhere.url == f"{COURSES}?%2F%2Fevil.example=1"


def test_they_are_exported_and_erased_with_the_person(saved, admin):
    told = dict(pair for module in privacy.modules() for pair in module.export(admin))
    assert [row["name"] for row in told["saved_filters"]] == ["Drafts"]
    privacy.erase(admin)
    assert not SavedFilter.objects.exists()


def test_every_list_of_the_project_has_them():
    ours = (
        "accounts",
        "activity",
        "courses",
        "credits",
        "embark",
        "exchange",
        "jobs",
        "notices",
        "quizzes",
        "recommender",
    )
    without = [
        model._meta.label
        for model, model_admin in site.site._registry.items()
        if model._meta.app_label in ours and not isinstance(model_admin, lists.ModelAdmin)
    ]
    assert without == []


@pytest.mark.browser
def test_a_list_with_saved_filters_in_a_browser(client, saved, admin, colleague, tmp_path_factory):
    build_course("Knots", topic="Sailing")
    saved_filters.save(owner=colleague, of="courses.course", name="A name " * 8, query="q=a", is_shared=True)
    client.force_login(admin)
    address = f"{COURSES}?{saved.query}"
    assert faults(client, address, shots=tmp_path_factory.getbasetemp()) == []
