"""Every page of the role table, and every page of ours in the admin, is HTML that no browser has to mend."""

import pytest
from django.test import Client
from django.urls import reverse

from markup import faults
from routes import TABLE, argument

# They answer a GET with something that is not a page of ours.
NO_PAGE = {"health-live", "health-ready", "metrics"}
SIGN_IN = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
SETTINGS = ["account_email", "account_change_password", "mfa_index", "usersessions_list"]
ROLES = ("visitor", "learner", "other", "author", "admin")


def client_of(world, role):
    client = Client()
    if role != "visitor":
        client.force_login(getattr(world, role))
    return client


def looked_at():
    """(role, route's name, arguments, query) of each page that somebody gets."""
    for route in TABLE:
        if route.post is not None or route.name in NO_PAGE:
            continue
        for role, word in dict(zip(ROLES, route.answers.split(), strict=True)).items():
            if word in ("ok", "gate") and role != "other":
                yield pytest.param(
                    role, route.name, route.arguments, route.query, id=f"{role}-{route.name}-{word}"
                )
    for role, names in (("visitor", SIGN_IN), ("learner", SETTINGS)):
        for name in names:
            yield pytest.param(role, name, (), "", id=f"{role}-{name}")
    yield pytest.param("admin", "styleguide", (), "toasts=1", id="admin-styleguide-toasts")


# The frame around these is the admin theme's; what stands in it is ours.
FRAMED = {"announcement", "erase_person", "gradebook"}


@pytest.mark.parametrize(("role", "name", "arguments", "query"), list(looked_at()))
def test_page_is_valid(db, world, role, name, arguments, query):
    path = reverse(name, args=[argument(world, path) for path in arguments])
    response = client_of(world, role).get(f"{path}?{query}")
    assert response.status_code == 200
    if not response.headers["Content-Type"].startswith("text/html"):
        return
    found = faults(response.content.decode(), within="main" if name in FRAMED else "")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["/no/such/page/", "/courses/no-such-course/"])
def test_missing_page_is_valid(db, path):
    response = Client().get(path)
    assert response.status_code == 404
    assert not faults(response.content.decode())


def pages_of_ours(world):
    """What our own templates show in the admin."""
    yield reverse("admin:index")
    for name in ("outline", "ready", "versions"):
        yield reverse(f"admin:courses_course_{name}", args=[world.course.pk])
    for name in ("statistics", "regrade"):
        yield reverse(f"admin:quizzes_quiz_{name}", args=[world.quiz.pk])
    for name in ("quizzes_questionbank_import", "quizzes_attempt_queue"):
        yield reverse(f"admin:{name}")
    yield reverse("admin:credits_account_adjust", args=[world.learner.credit_account.pk])


def test_pages_of_ours_in_the_admin_are_valid(db, world):
    client = client_of(world, "admin")
    found = {}
    for path in pages_of_ours(world):
        response = client.get(path)
        assert response.status_code == 200, path
        if lines := faults(response.content.decode(), within="main"):
            found[path] = lines
    assert not found, "\n".join("\n  ".join([path, *lines]) for path, lines in found.items())


PAGE = '<!doctype html><html lang="en"><head><title>A page</title></head><body><h1>Words</h1>{}</body></html>'


@pytest.mark.parametrize(
    "part",
    [
        '<p>One<br>and <a href="/"><span>two</span></a> <input name="a"> <img src="a.png" alt=""></p>',
        '<h2 id="b">Under it</h2><section aria-labelledby="b"><ul><li>One</li></ul></section>',
        '<svg viewBox="0 0 1 1"><path d="M0 0"/><rect width="1" height="1"></rect></svg>',
        "<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
        '<dl><div><dt>What</dt><dd>That</dd></div></dl><time datetime="2026-05-04T10:00:00+0000">May</time>',
        '<label for="c">Name</label><input id="c" name="c">',
        "<details><summary>More</summary><p>Text</p></details>",
    ],
)
def test_sound_page_has_no_fault(part):
    assert faults(PAGE.format(part)) == []


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("<p>One<div>two</div></p>", "<div> in <p>"),
        ("<section><p>Words</section>", "</section> where <p> is open"),
        ("<div>Words", "</body> where <div> is open"),
        ("<div/>", "<div/> does not close itself"),
        ('<p id="a">One</p><p id="a">Two</p>', "id 'a' is that of line 1 too"),
        ('<label for="b">Name</label>', "for names the id 'b', which nothing has"),
        ('<p aria-describedby="b">Name</p>', "aria-describedby names the id 'b', which nothing has"),
        ('<ol><input type="hidden" name="a"><li>One</li></ol>', "<input> straight in <ol>"),
        ("<div><li>One</li></div>", "<li> straight in <div>"),
        ("<table><tr><td>1</td></tr></table>", "<tr> straight in <table>"),
        ('<a href="/"><button>Go</button></a>', "<button> in <a>"),
        ("<form><form></form></form>", "<form> in <form>"),
        ('<form action=""></form>', "action of <form> is empty"),
        ('<p class="a" class="b">One</p>', "<p> has class twice"),
        ('<img src="a.png">', "<img> has no alt"),
        ('<time datetime="2026-11-24T19:46:29.684955+00:00">Now</time>', "is no time for a machine"),
        ("<?xml version='1.0'?><svg></svg>", "is XML"),
        ("<h3>Deep</h3>", "h1 is followed by h3"),
        ("<h1>Again</h1>", "2 elements h1"),
        ('<p style="color: red">Red</p>', "has a style or a script"),
        ("<script>alert(1)</script>", "<script> within the page"),
    ],
)
def test_fault_is_named(part, told):
    assert told in "\n".join(faults(PAGE.format(part)))
