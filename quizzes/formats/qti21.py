"""QTI 2.0 to 2.2, and items of 3.0 by their older names: reader."""

import html
import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from quizzes.formats import markup
from quizzes.formats.exact import apply_json
from quizzes.formats.gift import BLANK, between, numeric_data
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import Asked, Broken, ImportedQuestion, NotHere, Reading
from quizzes.formats.safe_xml import line_of, parse, text_of
from quizzes.formats.text import literal, name_from, number
from quizzes.formats.weights import choice_data

NAME = "qti21"
EXACT_CLASS = "embark-source"
_INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}
_ABSENT = {
    "uploadInteraction": "Uploads as answers don't exist here.",
    "drawingInteraction": "Drawings as answers don't exist here.",
    "hotspotInteraction": "Points in a picture don't exist here.",
    "selectPointInteraction": "Points in a picture don't exist here.",
    "graphicOrderInteraction": "Questions on a picture don't exist here.",
    "graphicAssociateInteraction": "Questions on a picture don't exist here.",
    "graphicGapMatchInteraction": "Questions on a picture don't exist here.",
    "positionObjectInteraction": "Questions on a picture don't exist here.",
    "associateInteraction": "Pairing within one set doesn't exist here.",
    "hottextInteraction": "Marking words in a text doesn't exist here.",
    "mediaInteraction": "Answers by playing a medium don't exist here.",
    "customInteraction": "Interactions of another system's own don't exist here.",
    "portableCustomInteraction": "Interactions of another system's own don't exist here.",
}


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith("qti-"):
            element.tag = _camel(element.tag[4:])
            element.attrib.update({_camel(key): value for key, value in list(element.attrib.items())})
    for element in root.iter("assessmentItem"):
        item = _Item(element, pictures, posixpath.dirname(path))
        reading.take(item.read, name=item.name, kind=item.kind, path=path, line=line_of(element))
    for element in root.iter("assessmentItemRef"):
        weight = element.find("weight")
        reading.asked.append(
            Asked(
                posixpath.normpath(
                    posixpath.join(posixpath.dirname(path), unquote(element.get("href") or ""))
                ),
                element.get("identifier") or "",
                number(weight.get("value"), 1.0) if weight is not None else 1.0,
                line_of(element),
            )
        )
    return reading


def _camel(name: str) -> str:
    head, *rest = name.split("-")
    return head + "".join(part.capitalize() for part in rest)


@dataclass(slots=True)
class _Declared:
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


@dataclass(slots=True)
class _Branch:
    """One responseIf or responseElseIf: what it asks of the responses, and the score that it gives."""

    score: float
    values: list[tuple[str, str]] = field(default_factory=list)
    bounds: dict[str, dict[str, float]] = field(default_factory=dict)
    case_sensitive: bool = False


_COMPARED = {"match", "member", "contains", "stringMatch", "equal", "equalRounded", "substring"}
_BOUNDS = {"gte": "low", "gt": "low", "lte": "high", "lt": "high"}
_WRAPPED = re.compile(r"\s*<([a-zA-Z]\w*)[^>]*>.*</\w+>\s*", re.DOTALL)


class _Item:
    def __init__(self, element, pictures, base):
        self.element, self.pictures = element, pictures
        self.image = pictures.resolver(base=base)
        self.body = element.find("itemBody")
        self.interactions = [
            node
            for node in (self.body.iter() if self.body is not None else ())
            if isinstance(node.tag, str)
            and node.tag.endswith("Interaction")
            and node.tag != "endAttemptInteraction"
        ]
        self.kind = "+".join(dict.fromkeys(node.tag for node in self.interactions)) or "text"
        title = (element.get("title") or "").strip()
        self.name = title or name_from(text_of(self.body))

    def declared(self) -> dict[str, _Declared]:
        found = {}
        for node in self.element.findall("responseDeclaration"):
            declared = _Declared(node.get("cardinality") or "single", node.get("baseType") or "identifier")
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
            if declared.correct and not self._is_mapped(identifier):
                # A mapping that nothing asks for says nothing; where only the answer is given, it is all
                # of it or nothing.
                if self._is_compared(identifier):
                    declared.mapping = {}
                declared.is_whole = not declared.mapping and declared.cardinality == "multiple"
        self._process({key: one for key, one in found.items() if not one.correct and not one.mapping})
        return found

    def _template(self) -> str:
        found = self.element.find("responseProcessing")
        return (found.get("template") or "").rpartition("/")[2].lower() if found is not None else ""

    def _is_mapped(self, identifier: str) -> bool:
        """Whether the item's score comes from the answer's mapping."""
        asked = (node.get("identifier") for node in self.element.iter("mapResponse"))
        return self._template().startswith("map_response") or identifier in asked

    def _is_compared(self, identifier: str) -> bool:
        """Whether the item's score comes from comparing the whole answer with the right one."""
        asked = (node.get("identifier") for node in self.element.iter("correct"))
        return self._template().startswith("match_correct") or identifier in asked

    def _mark(self, declared: dict[str, _Declared]) -> float:
        """Points: as declared, else what the best answers are mapped to, else what the processing gives."""
        outcomes = {node.get("identifier"): node for node in self.element.findall("outcomeDeclaration")}
        said = [text_of(outcomes["MAXSCORE"], "defaultValue/value")] if "MAXSCORE" in outcomes else []
        said += [outcomes["SCORE"].get("normalMaximum")] if "SCORE" in outcomes else []
        for raw in said:
            if (points := number(raw)) and points > 0:
                return points
        mapped = [self._best(one) for key, one in declared.items() if one.mapping and self._is_mapped(key)]
        if any(mapped):
            return sum(mapped)
        given = [branch.score for branch in self._branches()] if len(self.interactions) == 1 else []
        # Converters count in hundredths.
        best = max(given, default=0.0)
        return best if 0 < best < 100 else 1.0

    def _best(self, answer: _Declared) -> float:
        worths = [value for value in answer.mapping.values() if value > 0]
        best = max(worths, default=0.0) if answer.cardinality == "single" else sum(worths)
        return best if answer.upper is None else min(best, answer.upper)

    def _process(self, silent: dict[str, _Declared]):
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
                branch = _Branch(score)
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

    # --------------------------------------------------------------------------------------- texts

    def _html(self, node, places) -> str:
        """HTML of a node's content; interactions are left out, or stand as their place in the text."""

        def shown(text):
            # Some systems put a page into the body as text.
            whole = node.tag in ("itemBody", "modalFeedback", "prompt") and _WRAPPED.fullmatch(text)
            return text if whole else html.escape(text, quote=False)

        parts = [shown(node.text or "")]
        for child in node:
            if isinstance(child.tag, str):
                parts.append(self._element(child, places))
            parts.append(shown(child.tail or ""))
        return "".join(parts)

    def _element(self, child, places) -> str:
        if child in places:
            place = f"{markup.OPEN}{places[child]}{markup.CLOSE}"
            if child.tag != "choiceInteraction":
                return place
            prompt = child.find("prompt")
            asked = self._html(prompt, places) if prompt is not None else ""
            return f"<p>{asked} {place}</p>"
        if child.tag.endswith("Interaction"):
            prompt = child.find("prompt")
            shown = f"<p>{self._html(prompt, places)}</p>" if prompt is not None else ""
            if child.tag == "gapMatchInteraction":
                rest = [node for node in child if node.tag not in ("prompt", "gapText", "gapImg")]
                shown += "".join(self._element(node, places) for node in rest)
            return shown
        if child.tag in ("rubricBlock", "feedbackInline", "feedbackBlock", "stylesheet", "modalFeedback"):
            return ""
        if child.tag == "object" and (child.get("type") or "").startswith("image/"):
            return f'<img src="{html.escape(child.get("data") or "")}" alt="{html.escape(text_of(child))}">'
        attributes = "".join(
            f' {key}="{html.escape(value)}"'
            for key, value in child.attrib.items()
            if key in ("src", "alt", "href", "colspan", "rowspan", "display") and isinstance(value, str)
        )
        if child.tag in ("img", "br", "hr"):
            return f"<{child.tag}{attributes}>"
        return f"<{child.tag}{attributes}>{self._html(child, places)}</{child.tag}>"

    def markdown(self, node, places=None) -> str:
        if node is None:
            return ""
        source = self._html(node, places or {})
        # Without tags the converter keeps lines as they are; in XML they mean nothing.
        return markup.to_markdown(source if "<" in source else " ".join(source.split()), image=self.image)

    def words(self, node) -> str:
        source = re.sub(r"<[^>]*>", " ", self._html(node, {}))
        return " ".join(html.unescape(source).split())

    def _feedback_in(self, choice) -> str:
        of_choice = [
            node
            for node in self.element.findall("modalFeedback")
            if node.get("identifier") == choice.get("identifier")
        ]
        nodes = [*choice.iter("feedbackInline"), *of_choice]
        return "\n\n".join(filter(None, (self.markdown(node) for node in nodes)))

    # ---------------------------------------------------------------------------------------- read

    def read(self) -> ImportedQuestion:
        if self.body is None:
            raise Broken("The item has no body.")
        for node in self.interactions:
            if node.tag in _ABSENT:
                raise NotHere(_ABSENT[node.tag])
        if next(self.element.iter("templateProcessing"), None) is not None and self._exact() is None:
            raise NotHere("Items that compute their own templates don't exist here.")
        question = ImportedQuestion(
            type="", name=self.name[:255], text="", explanation=self._explanation(), note=""
        )
        exact = self._exact()
        if exact is not None:
            apply_json(question, exact)
            self._own_pictures(question)
        else:
            declared = self.declared()
            question.mark = self._mark(declared)
            question.type, question.data, question.text = self._content(declared)
        if not question.text.strip().replace(BLANK, ""):
            # Some items ask in their title alone.
            question.text = markup.escape((self.element.get("title") or "").strip())
        if not question.text:
            raise Broken("The question has no text.")
        question.note = self.pictures.note()
        question.name = question.name or name_from(question.text)
        return question

    def _exact(self) -> str | None:
        for block in self.element.iter("rubricBlock"):
            if block.get("class") == EXACT_CLASS:
                return text_of(block)
        return None

    def _own_pictures(self, question):
        """Pictures that the exact text names lie in the package under their own name."""
        for name in re.findall(r"question-file:([0-9a-f]{64}\.[a-z0-9]+)", question.text):
            self.image(f"images/{name}") or self.image(f"../images/{name}")

    def _explanation(self) -> str:
        choices = {choice.get("identifier") for choice in self.element.iter("simpleChoice")}
        nodes = [*self.element.findall("modalFeedback"), *self.element.iter("feedbackBlock")]
        # What is said of a wrong answer would mislead whoever answered right.
        parts = [
            self.markdown(node)
            for node in nodes
            if node.get("identifier") not in choices
            and not re.search(r"incorrect|wrong", node.get("identifier") or "", re.IGNORECASE)
        ]
        return "\n\n".join(dict.fromkeys(part for part in parts if part))

    def _content(self, declared):
        if not self.interactions:
            return "text_block", {}, self.markdown(self.body)
        inline = [node for node in self.interactions if self._fits_a_gap(node, declared)]
        if len(inline) == len(self.interactions) and (len(inline) > 1 or inline[0].tag in _INLINE):
            return self._inline(inline, declared)
        if len(self.interactions) > 1:
            raise NotHere("Items with several kinds of answers don't exist here: split them into one each.")
        node = self.interactions[0]
        reader = _READERS.get(node.tag)
        if reader is None:
            raise NotHere(f"Items with a “{node.tag}” don't exist here.")
        answer = declared.get(node.get("responseIdentifier") or "") or _Declared()
        kind, data, *changed = reader(self, node, answer)
        return kind, data, changed[0] if changed else self.markdown(self.body)

    def choice(self, node, answer):
        choices = node.findall("simpleChoice")
        if len(choices) < 2:
            raise Broken("The question has fewer than two choices.")
        single = answer.cardinality == "single" and (node.get("maxChoices") or "1") == "1"
        worth = {}
        if any(value > 0 for value in answer.mapping.values()):
            positives = [value for value in answer.mapping.values() if value > 0]
            whole = max(positives) if single else sum(positives)
            default = min(answer.default, 0.0)
            worth = {
                child.get("identifier"): answer.mapping.get(child.get("identifier"), default) / whole
                for child in choices
            }
        else:
            worth = {key: 1.0 if single else 1 / len(answer.correct) for key in answer.correct}
        entries = []
        for child in choices:
            entries.append(
                (
                    self.markdown(child) or "–",
                    max(-1.0, worth.get(child.get("identifier"), 0.0)),
                    self._feedback_in(child),
                )
            )
        if not any(fraction > 0 for _text, fraction, _feedback in entries):
            raise Broken("No choice is marked as right.")
        words = [self.words(child).lower() for child in choices]
        if single and sorted(words) == ["false", "true"]:
            notes = {
                word: note for word, (_text, _fraction, note) in zip(words, entries, strict=True) if note
            }
            right = words[max(range(2), key=lambda place: entries[place][1])]
            return "true_false", {"answer": right == "true"} | {
                f"feedback_{word}": note for word, note in notes.items()
            }
        kind, data = choice_data(
            entries, single=single, shuffle=(node.get("shuffle") or "").lower() == "true"
        )
        if answer.is_whole and not single:
            data.pop("penalty", None)
            data["marking"] = "all_or_nothing"
        return kind, data

    def order(self, node, answer):
        texts = {child.get("identifier"): self.markdown(child) for child in node.findall("simpleChoice")}
        items = [texts[key] for key in answer.correct if key in texts]
        if len(items) < 2:
            raise Broken("The right order is not given.")
        rest = [text for key, text in texts.items() if key not in answer.correct]
        if rest:
            raise NotHere("Putting only some of the items into order doesn't exist here.")
        whole = self._is_compared(node.get("responseIdentifier") or "")
        return "ordering", {"items": items} | ({"marking": "all_or_nothing"} if whole else {})

    def match(self, node, answer):
        sets = node.findall("simpleMatchSet")
        if len(sets) != 2:
            raise Broken("The matching question does not have two sets.")
        prompts = {child.get("identifier"): self.markdown(child) for child in sets[0]}
        answers = {child.get("identifier"): self.words(child) for child in sets[1]}
        keys = answer.correct or [key for key, value in answer.mapping.items() if value > 0]
        right = {}
        for pair in keys:
            first, _space, second = pair.partition(" ")
            if first in answers and second in prompts:
                first, second = second, first
            if right.setdefault(first, second) != second:
                raise NotHere("Prompts with several right answers don't exist here.")
        pairs = [
            {"prompt": text, "answer": answers[right[key]]}
            for key, text in prompts.items()
            if right.get(key) in answers
        ]
        if len(pairs) < 2:
            raise Broken("The question has fewer than two pairs with a right answer.")
        used = {pair["answer"] for pair in pairs}
        distractors = [text for text in dict.fromkeys(answers.values()) if text not in used]
        return "matching", {"pairs": pairs} | ({"distractors": distractors} if distractors else {})

    def gap_match(self, node, answer):
        choices = [child for child in node if child.tag == "gapText"]
        if any(child.tag == "gapImg" for child in node):
            raise NotHere("Pictures to drag into gaps don't exist here.")
        place_of = {child.get("identifier"): place for place, child in enumerate(choices)}
        right = {}
        for pair in answer.correct or [key for key, value in answer.mapping.items() if value > 0]:
            first, _space, second = pair.partition(" ")
            if first in place_of:
                right[second] = place_of[first]
            elif second in place_of:
                right[first] = place_of[second]
        places, gaps = {}, []
        for gap in node.iter("gap"):
            if gap.get("identifier") not in right:
                raise Broken("A gap has no right answer.")
            gaps.append(right[gap.get("identifier")])
            places[gap] = f"[[{len(gaps)}]]"
        data = {"choices": [{"text": self.words(child)} for child in choices], "gaps": gaps}
        return "select_from_list", data, self.markdown(self.body, places)

    def essay(self, node, answer):
        if answer.is_processed and answer.base_type == "string":
            gap = self._gap(node, answer)
            return gap["type"], gap["data"]
        notes = "\n\n".join(
            self.markdown(block)
            for block in self.element.iter("rubricBlock")
            if "scorer" in (block.get("view") or "") or "tutor" in (block.get("view") or "")
        )
        data = {"grader_notes": notes} if notes else {}
        if lines := number(node.get("expectedLines")):
            data["lines"] = int(lines)
        return "essay", data

    def slider(self, node, answer):
        if answer.ranges:
            return "numeric", numeric_data(self._from_ranges(answer))
        value = next(
            (v for raw in [*answer.correct, *answer.mapping] if (v := number(raw)) is not None), None
        )
        if value is None:
            raise Broken("The right number is not given.")
        return "numeric", {"answer": value, "tolerance": self._tolerance(value)[0]}

    def _from_ranges(self, answer) -> list[dict]:
        best = max(worth for _low, _high, worth in answer.ranges)
        return [
            between(low, high) | {"fraction": min(1.0, worth / best), "feedback": ""}
            for low, high, worth in answer.ranges
        ]

    # -------------------------------------------------------------------------------------- inline

    def _fits_a_gap(self, node, declared) -> bool:
        """Whether an interaction can stand among others in a text: one word, one number, one of a list."""
        if node.tag == "choiceInteraction":
            answer = declared.get(node.get("responseIdentifier") or "")
            return answer is not None and answer.cardinality == "single"
        return node.tag in _INLINE

    def _inline(self, nodes, declared):
        gaps, places = [], {}
        for node in nodes:
            answer = declared.get(node.get("responseIdentifier") or "") or _Declared()
            gaps.append(self._gap(node, answer))
            places[node] = f"[[{len(gaps)}]]"
        if len(nodes) > 1 or nodes[0].tag == "inlineChoiceInteraction":
            return "gap_fill", {"gaps": gaps}, self.markdown(self.body, places)
        text = self.markdown(self.body, {nodes[0]: "\ue200"})
        text = re.sub(r"\s*\ue200\s*$", "", text).replace("\ue200", BLANK)
        return gaps[0]["type"], gaps[0]["data"], text

    def _gap(self, node, answer):
        weight = self._best(answer) or 1.0
        if node.tag in ("inlineChoiceInteraction", "choiceInteraction"):
            best = max(answer.mapping.values(), default=0.0)
            worth = {key: value / best for key, value in answer.mapping.items() if value > 0}
            worth = worth or dict.fromkeys(answer.correct, 1.0)
            entries = [
                (self.words(child), worth.get(child.get("identifier"), 0.0), "")
                for child in node
                if child.tag in ("inlineChoice", "simpleChoice")
            ]
            if not any(fraction for _text, fraction, _note in entries):
                raise Broken("A list has no right choice.")
            kind, data = choice_data(
                entries, single=True, shuffle=(node.get("shuffle") or "").lower() == "true"
            )
            return {"type": kind, "data": data, "weight": weight}
        if answer.base_type in ("float", "integer"):
            found = [
                {"answer": value, "tolerance": 0.0, "fraction": 1.0, "feedback": ""}
                for raw in answer.correct or list(answer.mapping)
                if (value := number(raw)) is not None
            ]
            if answer.ranges:
                data = numeric_data(self._from_ranges(answer))
                return {"type": "numeric", "data": data, "weight": weight}
            if not found:
                raise Broken("A gap accepts no number.")
            data = numeric_data(found)
            data["tolerance"], kind = self._tolerance(data["answer"], node.get("responseIdentifier"))
            if kind == "relative":
                data["tolerance_type"] = kind
            return {"type": "numeric", "data": data, "weight": weight}
        best = max((value for value in answer.mapping.values()), default=0.0)
        answers = [
            literal(text) if value >= best else {"text": literal(text), "fraction": round(value / best, 6)}
            for text, value in answer.mapping.items()
            if value > 0
        ]
        answers += [literal(text) for text in answer.correct if text and text not in answer.mapping]
        if not answers:
            raise Broken("A gap accepts nothing.")
        case = answer.case_sensitive or (not answer.mapping and self._matches_case())
        return {"type": "short_text", "data": {"answers": answers, "case_sensitive": case}, "weight": weight}

    def _matches_case(self) -> bool:
        found = next(self.element.iter("stringMatch"), None)
        return found is not None and (found.get("caseSensitive") or "").lower() == "true"

    def _tolerance(self, answer, identifier=None) -> tuple[float, str]:
        for node in self.element.iter("equal"):
            names = [variable.get("identifier") for variable in node.iter("variable")]
            raw = (node.get("tolerance") or "").split()
            if not raw or (identifier and identifier not in names):
                continue
            amount = max(abs(number(part, 0.0)) for part in raw)
            if node.get("toleranceMode") == "relative":
                return amount / 100, "relative"
            if node.get("toleranceMode") == "absolute":
                return amount, "absolute"
        return 0.0, "absolute"


_READERS = {
    "choiceInteraction": _Item.choice,
    "orderInteraction": _Item.order,
    "matchInteraction": _Item.match,
    "gapMatchInteraction": _Item.gap_match,
    "extendedTextInteraction": _Item.essay,
    "sliderInteraction": _Item.slider,
}
