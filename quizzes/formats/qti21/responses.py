"""What an item declares of its answers, and what its response processing gives for them."""

from dataclasses import dataclass, field

from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import number


@dataclass(slots=True)
class Declared:
    """A responseDeclaration."""

    cardinality: str = "single"
    base_type: str = "identifier"
    correct: list[str] = field(default_factory=list)
    mapping: dict[str, float] = field(default_factory=dict)
    default: float = 0.0
    case_sensitive: bool = False
    upper: float | None = None
    ranges: list[tuple[float, float, float]] = field(default_factory=list)  # low, high, worth
    is_processed: bool = False  # the answer was found in the responseProcessing
    is_whole: bool = False  # only all of it together is right
    is_summed: bool = False  # the processing gives points for each right value on its own


@dataclass(slots=True)
class Branch:
    """One responseIf or responseElseIf: what it asks of the responses, and the score that it gives."""

    score: float
    values: list[tuple[str, str]] = field(default_factory=list)
    bounds: dict[str, dict[str, float]] = field(default_factory=dict)
    case_sensitive: bool = False


_COMPARED = {"match", "member", "contains", "stringMatch", "equal", "equalRounded", "substring"}
_BOUNDS = {"gte": "low", "gt": "low", "lte": "high", "lt": "high"}


def best_of(answer: Declared) -> float:
    worths = [value for value in answer.mapping.values() if value > 0]
    best = max(worths, default=0.0) if answer.cardinality == "single" else sum(worths)
    return best if answer.upper is None else min(best, answer.upper)


class Responses:
    """The declarations and the processing of one item."""

    def __init__(self, element):
        self.element = element

    def declared(self) -> dict[str, Declared]:
        found = {}
        for node in self.element.findall("responseDeclaration"):
            declared = Declared(node.get("cardinality") or "single", node.get("baseType") or "identifier")
            mapping = node.find("mapping")
            if mapping is not None:
                declared.default = number(mapping.get("defaultValue"), 0.0)
                declared.upper = number(mapping.get("upperBound"))
            declared.correct = [text_of(value) for value in node.findall("correctResponse/value")]
            for entry in node.findall("mapping/mapEntry"):
                declared.mapping[entry.get("mapKey") or ""] = number(entry.get("mappedValue"), 0.0)
                declared.case_sensitive |= (entry.get("caseSensitive") or "").lower() == "true"
            identifier = node.get("identifier") or ""
            found[identifier] = declared
            if declared.correct and not self.is_mapped(identifier):
                # A mapping that nothing asks for says nothing; where only the answer is given, it is all
                # of it or nothing.
                if self.is_compared(identifier):
                    declared.mapping = {}
                self._sum_up(identifier, declared)
                declared.is_whole = not declared.mapping and declared.cardinality == "multiple"
        self._process({key: one for key, one in found.items() if not one.correct and not one.mapping})
        return found

    def _sum_up(self, identifier: str, declared: Declared):
        """Points that the processing gives for each value of several, one condition a value."""
        alone = {
            branch.values[0][1]: branch.score
            for branch in self._branches()
            if len(branch.values) == 1 and branch.values[0][0] == identifier
        }
        if (
            declared.cardinality == "multiple"
            and not declared.mapping
            and set(declared.correct) <= set(alone)
        ):
            declared.mapping = {value: alone[value] for value in declared.correct}
            declared.is_summed = True

    def _template(self) -> str:
        found = self.element.find("responseProcessing")
        return (found.get("template") or "").rpartition("/")[2].lower() if found is not None else ""

    def is_mapped(self, identifier: str) -> bool:
        """Whether the item's score comes from the answer's mapping."""
        asked = (node.get("identifier") for node in self.element.iter("mapResponse"))
        return self._template().startswith("map_response") or identifier in asked

    def is_compared(self, identifier: str) -> bool:
        """Whether the item's score comes from comparing the whole answer with the right one."""
        asked = (node.get("identifier") for node in self.element.iter("correct"))
        return self._template().startswith("match_correct") or identifier in asked

    def gains(self) -> dict[str, float]:
        """{response: points} that the processing gives for one right response alone."""
        found: dict[str, float] = {}
        for score, compared in self._compared():
            if len(compared) == 1:
                found[compared[0]] = max(found.get(compared[0], 0.0), score)
        return found

    def is_together(self) -> bool:
        """Whether several responses must all be right for any points."""
        return not self.gains() and any(len(compared) > 1 for _score, compared in self._compared())

    def _compared(self):
        """(score, [responses]) of each branch that asks whether responses are the right ones."""
        for node in self.element.iter():
            if node.tag not in ("responseIf", "responseElseIf"):
                continue
            score = max(map(self._score, node.findall("setOutcomeValue")), default=0.0)
            asked = [
                right.get("identifier") or ""
                for child in node
                if isinstance(child.tag, str)
                and child.tag not in ("setOutcomeValue", "responseCondition")
                and child.tag != "not"
                for right in child.iter("correct")
            ]
            if asked and (score > 0 or node.find("setOutcomeValue/variable") is not None):
                yield score, list(dict.fromkeys(asked))

    def mark(self, declared: dict[str, Declared], *, asks_once: bool) -> float:
        """Points: as declared, else what the best answers are mapped to, else what the processing gives."""
        outcomes = {node.get("identifier"): node for node in self.element.findall("outcomeDeclaration")}
        said = [text_of(outcomes["MAXSCORE"], "defaultValue/value")] if "MAXSCORE" in outcomes else []
        said += [outcomes["SCORE"].get("normalMaximum")] if "SCORE" in outcomes else []
        for raw in said:
            if (points := number(raw)) and points > 0:
                return points
        if "MAXSCORE" in outcomes and number(said[0]) == 0:
            return 0.0
        mapped = [
            best_of(one)
            for key, one in declared.items()
            if one.mapping and (one.is_summed or self.is_mapped(key))
        ]
        gained = 0.0
        if not asks_once:
            gains = self.gains()
            gained = sum(gains.get(key, 0.0) for key, one in declared.items() if not one.mapping)
        if any(mapped) or 0 < gained < 100:
            return sum(mapped) + (gained if gained < 100 else 0.0)
        given = [branch.score for branch in self._branches()] if asks_once else []
        # Converters count in hundredths.
        best = max(given, default=0.0)
        return best if 0 < best < 100 else 1.0

    def _process(self, silent: dict[str, Declared]):
        """Answers that only the responseProcessing knows, as converters from QTI 1.2 write them."""
        for branch in self._branches():
            for identifier, declared in silent.items():
                values = [value for key, value in branch.values if key == identifier]
                declared.case_sensitive |= bool(values) and branch.case_sensitive
                declared.is_processed |= bool(values)
                if declared.cardinality != "single" and len(values) > 1:
                    declared.correct = declared.correct or values
                    continue
                for value in values:
                    declared.mapping[value] = max(declared.mapping.get(value, 0.0), branch.score)
                bounds = branch.bounds.get(identifier, {})
                if {"low", "high"} <= set(bounds):
                    declared.ranges.append((bounds["low"], bounds["high"], branch.score))

    def _branches(self):
        for node in self.element.iter():
            if node.tag not in ("responseIf", "responseElseIf"):
                continue
            score = max(map(self._score, node.findall("setOutcomeValue")), default=0.0)
            if score > 0:
                branch = Branch(score)
                for child in node:
                    if isinstance(child.tag, str) and child.tag not in (
                        "setOutcomeValue",
                        "responseCondition",
                    ):
                        self._conditions(child, branch)
                yield branch

    def _score(self, outcome) -> float:
        """What a setOutcomeValue adds to a number; 0 where it takes away or sets no number."""
        if next(outcome.iter("subtract"), None) is not None:
            return 0.0
        values = [
            value for value in outcome.iter("baseValue") if value.get("baseType") in ("float", "integer")
        ]
        return max((number(text_of(value), 0.0) for value in values), default=0.0)

    def _conditions(self, node, branch):
        """Notes what a condition asks of responses, inside `and` and `or` too; `not` holds what is wrong."""
        if node.tag in ("and", "or"):
            for child in node:
                if isinstance(child.tag, str):
                    self._conditions(child, branch)
        variable, values = node.find("variable"), node.iter("baseValue")
        if variable is None:
            return
        identifier = variable.get("identifier") or ""
        if node.tag in _COMPARED:
            branch.values += [(identifier, text_of(value)) for value in values]
            branch.case_sensitive |= (node.get("caseSensitive") or "").lower() == "true"
        elif node.tag in _BOUNDS:
            bound = next((number(text_of(value)) for value in values), None)
            if bound is not None:
                branch.bounds.setdefault(identifier, {})[_BOUNDS[node.tag]] = bound
