"""What a file says of its quiz as a whole, and of the groups that it draws from."""

from dataclasses import dataclass, field

from quizzes.formats.qti12.material import html_of
from quizzes.formats.safe_xml import parse, text_of
from quizzes.formats.text import number


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a file says of its quiz as a whole: `settings` may have "attempts" (0: any number) and
    "time_limit" in minutes; `introduction` is HTML.
    """

    title: str = ""
    introduction: str = ""
    settings: dict[str, int] = field(default_factory=dict)


def read_assessment(content: bytes) -> Assessment:
    """The quiz around the questions. Raises Unreadable."""
    found = next(parse(content).iter("assessment"), None)
    if found is None:
        return Assessment()
    said = {
        text_of(node, "fieldlabel"): text_of(node, "fieldentry")
        for node in found.findall("qtimetadata/qtimetadatafield")
    }
    settings = {}
    if said.get("cc_maxattempts"):
        settings["attempts"] = int(max(number(said["cc_maxattempts"], 0.0), 0.0))
    if (limit := number(said.get("qmd_timelimit"), 0.0)) > 0:
        settings["time_limit"] = int(limit)
    shown = [*found.findall("presentation_material"), *found.findall("rubric")]
    texts = [node for part in shown for node in part.iter("mattext")]
    return Assessment((found.get("title") or "").strip(), "".join(html_of(node) for node in texts), settings)


@dataclass(frozen=True, slots=True)
class Group:
    """A section of which a quiz draws some items, each for the same points."""

    drawn: int
    size: int
    points: float | None


def groups_of(root) -> dict:
    """{item: its group} of the sections that draw."""
    found = {}
    for section in root.iter("section"):
        drawn = number(text_of(section, "selection_ordering/selection/selection_number"))
        items = section.findall("item")
        if drawn is None or not items:
            continue
        points = number(text_of(section, "selection_ordering/selection/selection_extension/points_per_item"))
        found |= dict.fromkeys(items, Group(int(drawn), len(items), points))
    return found
