"""Pages beside the tree of an Open edX course: its tabs, and what its about folder says."""

from course_sources import write_files
from exchange.readers import olx
from exchange.report import Report

TABS = (
    '{"course/r": {"tabs": [{"type": "courseware"}, {"type": "static_tab", "name": "Tides", "url_slug": "z"},'
    '{"type": "static_tab", "name": "Moorings", "url_slug": "a", "is_hidden": true}]}}'
)


def read(tmp_path, files):
    report = Report()
    page = '<html url_name="h" display_name="Page"><p>Text</p></html>'
    course = {
        "course.xml": '<course org="Harbour" course="P1" url_name="r"/>',
        "course/r.xml": f'<course display_name="Pages"><chapter url_name="c"><sequential url_name="s">'
        f'<vertical url_name="v">{page}</vertical></sequential></chapter></course>',
    }
    return olx.read(write_files(tmp_path / "olx", {**course, **files}), report), report.items


def test_tabs_keep_their_order_and_hidden_ones_are_drafts(tmp_path):
    files = {"policies/r/policy.json": TABS, "tabs/a.html": "<p>A</p>", "tabs/z.html": "<p>Z</p>"}
    outline, _ = read(tmp_path, {**files, "tabs/extra.html": "<p>E</p>"})
    found = [(page.title, page.published, page.preview) for page in outline.sections[-1].lessons]
    assert found == [("Tides", True, True), ("Moorings", False, False), ("extra", True, True)]


def test_the_page_of_the_run_goes_before_that_of_all_runs(tmp_path):
    files = {"about/overview.html": "<p>All runs</p>", "about/r/overview.html": "<p>This run</p>"}
    outline, items = read(tmp_path, files)
    assert outline.description == "This run"
    told = {item.path: item.outcome for item in items if item.kind == "about"}
    assert told == {"about/r/overview.html": "imported", "about/overview.html": "skipped"}
