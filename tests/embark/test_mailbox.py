import stat
from types import ModuleType

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail
from django.urls import include, path

from embark import mailbox, urls
from embark.demo import people


@pytest.fixture
def demo(settings, tmp_path):
    settings.EMBARK_DEMO = True
    settings.VAR_DIR = tmp_path
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    addresses = ModuleType("addresses")
    addresses.urlpatterns = [*urls.urlpatterns, path("mail/", include(mailbox))]
    settings.ROOT_URLCONF = addresses
    return settings


@pytest.mark.django_db
def test_mails_are_shown_newest_first(demo, client):
    send_mail("First", "Grüße, your code is 123456", "a@example.org", ["ada@example.org"])
    with get_connection() as together:
        for subject in ("Second", "Third"):
            mail = EmailMultiAlternatives(subject, "plain", to=["b@example.org"], connection=together)
            mail.attach_alternative("<p>rich</p>", "text/html")
            together.send_messages([mail])
    mails = mailbox.mails(demo.EMAIL_FILE_PATH)
    assert [mail.subject for mail in mails] == ["Third", "Second", "First"]
    assert mails[2].text.strip() == "Grüße, your code is 123456"
    assert mails[2].recipient == "ada@example.org"
    assert mails[0].text.strip() == "plain"
    page = client.get("/mail/").content.decode()
    assert page.index("Third") < page.index("123456")


@pytest.mark.django_db
def test_a_mail_can_bring_no_markup_in(demo, client):
    send_mail("<script>a()</script>", "<script>b()</script>", None, ["x@example.org"])
    page = client.get("/mail/").content.decode()
    assert "<script>a()" not in page
    assert "<script>b()" not in page


@pytest.mark.django_db
def test_an_empty_box_says_so(demo, client):
    assert "No mail yet" in client.get("/mail/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", ""])
def test_other_machines_see_nothing(demo, client, address):
    assert client.get("/mail/", REMOTE_ADDR=address).status_code == 404


@pytest.mark.django_db
def test_a_site_that_is_no_demonstration_has_no_mailbox(demo, client):
    demo.EMBARK_DEMO = False
    assert client.get("/mail/").status_code == 404


@pytest.mark.django_db
def test_sign_ins_are_made_once_and_kept_secret(demo, client):
    first = people.sign_ins()
    assert people.sign_ins() == first
    assert stat.S_IMODE((demo.VAR_DIR / "demo.json").stat().st_mode) == 0o600
    learner, admin = first["learner"], first["admin"]
    assert learner.password != admin.password
    answer = client.post("/account/login/", {"login": learner.email, "password": learner.password})
    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 302
    client.post("/account/logout/")
    client.post("/account/login/", {"login": admin.email, "password": admin.password})
    assert client.get("/admin/").status_code == 200
