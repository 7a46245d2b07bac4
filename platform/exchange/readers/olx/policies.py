"""Policy files: settings of the parts of a course, and the mark that passes."""

import json
from dataclasses import dataclass, field

from exchange.readers.olx.source import Source

DEFAULT_PASS_MARK = 60


@dataclass(slots=True)
class Policies:
    """`metadata` holds the settings of each part, such as "course/2024"; `pass_mark` is in percent."""

    metadata: dict[str, dict] = field(default_factory=dict)
    pass_mark: int = DEFAULT_PASS_MARK

    def of(self, kind: str, url_name: str) -> dict:
        return self.metadata.get(f"{kind}/{url_name}", {})

    def tabs(self) -> dict[str, tuple[str, bool]]:
        """The course's own pages in their order, by the names of their files: the title, and whether learners
        see it."""
        return {
            str(tab.get("url_slug")): (
                str(tab.get("name") or ""),
                not (tab.get("is_hidden") or tab.get("course_staff_only")),
            )
            for settings in self.metadata.values()
            for tab in settings.get("tabs") or []
            if isinstance(tab, dict) and tab.get("url_slug")
        }


def read_policies(source: Source, run: str) -> Policies:
    policies = Policies()
    for name in (f"policies/{run}/policy.json", f"policies/{run}.json", "policy.json"):
        if f"{source.folder}{name}" in source.known:
            policy = source.read_policy(f"{source.folder}{name}")
            policies.metadata |= {key: value for key, value in policy.items() if isinstance(value, dict)}
            break
    for name in (f"policies/{run}/grading_policy.json", "grading_policy.json"):
        if f"{source.folder}{name}" in source.known:
            cutoffs = source.read_policy(f"{source.folder}{name}").get("GRADE_CUTOFFS")
            if isinstance(cutoffs, dict) and cutoffs:
                numbers = [v for v in cutoffs.values() if isinstance(v, int | float) and 0 < v <= 1]
                policies.pass_mark = round(min(numbers, default=DEFAULT_PASS_MARK / 100) * 100)
            break
    return policies


def instructors(value) -> list[str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    people = value.get("instructors") if isinstance(value, dict) else None
    return [str(p["name"]) for p in people or [] if isinstance(p, dict) and p.get("name")]
