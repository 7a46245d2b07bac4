"""A course from nothing to a certificate: an author writes it in the admin, a learner completes it."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from courses.models import Certificate, Course
from people import person, sign_in, superuser

pytestmark = pytest.mark.browser

TEXT = """## Why knots hold

A knot holds by **friction**: $F = \\mu N$.

| Knot | Holds |
|------|-------|
| Bowline | a loop |

::: question Does a wet rope hold better?
Often worse.
:::

```python
print("bowline")
```
"""


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "bowline.png"
    out = io.BytesIO()
    Image.new("RGB", (640, 400), (28, 69, 184)).save(out, format="PNG")
    path.write_bytes(out.getvalue())
    return path


def test_a_course_from_nothing_to_a_certificate(page, transactional_db, browser, live_server, look, photo):
    sign_in(page, superuser("editor@example.org", "Editor"))

    # The course: a title and a sentence are enough to begin.
    page.goto("/admin/courses/course/add/")
    page.locator("input[name=title]").fill("Knots that hold")
    page.locator("textarea[name=summary]").fill("Four knots for every day.")
    page.get_by_role("button", name="Save and continue editing").click()
    page.wait_for_url("**/change/")
    course = Course.objects.get()
    assert course.slug == "knots-that-hold"
    look(page, "author-course")

    # Its outline: a section, two lessons, the second moved up with a key.
    page.get_by_role("link", name="Outline and lessons").click()
    page.get_by_label("Title of a new section").fill("Loops")
    page.get_by_role("button", name="Add section").click()
    for title in ("The bowline", "What a knot is"):
        page.get_by_label("Title of a new lesson").fill(title)
        page.get_by_role("button", name="Add lesson").click()
    page.locator("[data-lesson]").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#outline-status")).to_contain_text("The order is saved.")
    assert [lesson.title for lesson in course.lessons.in_order()] == ["What a knot is", "The bowline"]
    look(page, "author-outline")

    # A lesson: Markdown with a preview while typing, and a pasted picture.
    page.get_by_role("link", name="What a knot is").click()
    page.locator("input[name=is_preview]").check()
    page.get_by_role("link", name=re.compile("Add another Block", re.IGNORECASE)).click()
    source = page.locator("textarea[name=blocks-0-source]")
    source.fill(TEXT)
    preview = page.locator(".markdown-preview").first
    expect(preview.locator("math")).to_be_visible()
    expect(preview.locator("details summary")).to_have_text("Does a wet rope hold better?")
    transfer = page.evaluate_handle(
        """bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "bowline.png", { type: "image/png" }));
            return transfer;
        }""",
        list(photo.read_bytes()),
    )
    source.focus()
    page.keyboard.press("Control+End")
    source.dispatch_event("drop", {"dataTransfer": transfer})
    expect(source).to_have_value(re.compile(r"!\[Describe the image\]\(images/bowline\.png\)"))
    expect(preview.locator("img")).to_be_visible()
    look(page, "author-lesson")
    page.locator("select[name=status]").select_option("published")
    page.get_by_role("button", name="Save", exact=True).click()
    second = course.lessons.get(title="The bowline")
    page.goto(f"/admin/courses/lesson/{second.pk}/change/")
    page.get_by_role("link", name=re.compile("Add another Block", re.IGNORECASE)).click()
    page.locator("textarea[name=blocks-0-source]").fill("Rabbit, tree, hole.")
    page.locator("select[name=status]").select_option("published")
    page.get_by_role("button", name="Save", exact=True).click()

    # Looked at as a learner, found ready, published.
    page.goto(f"{course.get_absolute_url()}?preview=1")
    expect(page.get_by_text("Preview: this is what learners will see")).to_be_visible()
    page.goto(f"/admin/courses/course/{course.pk}/ready/")
    look(page, "author-ready")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("The course is published.")).to_be_visible()

    # A learner, in a browser of their own: the preview, enrolling, both lessons, the certificate.
    ada = person("ada@example.org", "Ada")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    learner = context.new_page()
    sign_in(learner, ada)
    learner.goto(course.get_absolute_url())
    learner.get_by_role("button", name="Enrol for free").click()
    expect(learner.get_by_role("heading", name="What a knot is", level=1)).to_be_visible()
    expect(learner.locator(".prose .highlight").get_by_role("button", name="Copy")).to_be_visible()
    learner.get_by_role("button", name="Complete and continue").click()
    expect(learner.get_by_role("heading", name="The bowline", level=1)).to_be_visible()
    learner.get_by_role("button", name="Complete the lesson").click()
    expect(learner.get_by_text("100 %").first).to_be_visible()
    look(learner, "course-completed")
    certificate = Certificate.objects.get(learner=ada)
    context.close()

    # Anybody checks it.
    context = browser.new_context(base_url=live_server.url)
    stranger = context.new_page()
    stranger.goto(certificate.get_absolute_url())
    expect(stranger.get_by_text("This certificate is valid")).to_be_visible()
    expect(stranger.get_by_text("Ada")).to_be_visible()
    look(stranger, "certificate")
    answer = stranger.request.get(f"{certificate.get_absolute_url()}certificate.pdf")
    assert answer.body().startswith(b"%PDF-")
    context.close()
