"""What every reader returns, whatever the format: questions, and what could not become one."""

from dataclasses import dataclass, field

IMPORTED, SKIPPED, FAILED = "imported", "skipped", "failed"


class Unreadable(ValueError):
    """The file as a whole can't be read; the message is a sentence that says why."""


@dataclass(slots=True)
class ImportedQuestion:
    """A question as its file says it, in this site's terms. `kind` is what the source calls its type."""

    type: str
    name: str
    text: str
    data: dict = field(default_factory=dict)
    explanation: str = ""
    hints: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    mark: float = 1.0
    kind: str = ""
    path: str = ""
    line: int | None = None
    note: str = ""
    """What was left out although the question came through, as a sentence."""


@dataclass(slots=True)
class Problem:
    """A question of the file that can't be used: skipped (no such type here) or failed (not understood)."""

    outcome: str
    reason: str
    name: str = ""
    kind: str = ""
    path: str = ""
    line: int | None = None


class NotHere(Exception):
    """Raised by a reader inside one question: this site has nothing like it. The message is the reason."""


class Broken(Exception):
    """Raised by a reader inside one question: it can't be understood. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a test names and that lies in a file of its own. `weight` multiplies its mark."""

    path: str
    name: str = ""
    weight: float = 1.0
    line: int | None = None


@dataclass(slots=True)
class Reading:
    """A file as read. `files` are the pictures that texts name, by the name in the text; `asked` are
    questions in other files, in the order of the test."""

    format: str
    items: list[ImportedQuestion | Problem] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def questions(self) -> list[ImportedQuestion]:
        return [item for item in self.items if isinstance(item, ImportedQuestion)]

    def arrange(self) -> None:
        """Put the questions into the order of the test, with its weights; name those that are not there."""
        places: dict[str, int] = {}
        for place, asked in enumerate(self.asked):
            places.setdefault(asked.path, place)
        known = {item.path for item in self.items}
        for item in self.items:
            if isinstance(item, ImportedQuestion) and item.path in places:
                item.mark *= self.asked[places[item.path]].weight
        self.items.sort(key=lambda item: places.get(item.path, len(self.asked)))
        for path, place in places.items():
            if path not in known:
                asked = self.asked[place]
                reason = "The test asks for it, but it is not here: import the whole package."
                self.items.append(
                    Problem(FAILED, reason, asked.name, "assessmentItemRef", asked.path, asked.line)
                )

    def take(self, make, *, name="", kind="", path="", line=None) -> None:
        """Add what `make()` returns, or the problem that it raises. No question can break the rest."""
        where = {"name": name, "kind": kind, "path": path, "line": line}
        try:
            question = make()
        except NotHere as error:
            self.items.append(Problem(SKIPPED, str(error), **where))
        except Broken as error:
            self.items.append(Problem(FAILED, str(error), **where))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            self.items.append(
                Problem(FAILED, f"The question can't be understood ({type(error).__name__}).", **where)
            )
        else:
            question.path, question.line, question.kind = path, line, kind or question.kind
            self.items.append(question)
