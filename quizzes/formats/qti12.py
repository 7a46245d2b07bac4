"""QTI 1.2 as Canvas, Blackboard, Common Cartridge, Sakai and others write it: reader.

What a condition is worth decides what is right, whatever the system; the system's own name of the type
only tells apart what looks the same.
"""

import html
import posixpath
import re
from dataclasses import dataclass, field

from quizzes.formats import markup
from quizzes.formats.gift import between, numeric_data
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import SKIPPED, Broken, ImportedQuestion, NotHere, Problem, Reading
from quizzes.formats.safe_xml import inner_html, line_of, parse, text_of
from quizzes.formats.text import literal, name_from, number
from quizzes.formats.weights import choice_data

NAME = "qti12"
_ABSENT = {
    "file_upload_question": "Uploads as answers don't exist here.",
    "file upload": "Uploads as answers don't exist here.",
    "hot_spot_question": "Points in a picture don't exist here.",
    "hot spot": "Points in a picture don't exist here.",
    "opinion scale": "Opinion scales have no right answer.",
    "quiz bowl": "Questions that are answered by questions don't exist here.",
    "jumbled sentence": "Jumbled sentences don't exist here.",
    "categorization_question": "Sorting into categories doesn't exist here.",
    "formula_question": "Formulas as answers don't exist here.",
}
_RESPONSES = {
    "response_lid",
    "response_str",
    "response_num",
    "response_grp",
    "response_xy",
    "response_extension",
}
_GENERIC_NAME = re.compile(r"(question|item|q)?[ _-]*\d*", re.IGNORECASE)


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    groups = _groups(root)
    for section in root.iter("section"):
        if section.find("selection_ordering/selection/sourcebank_ref") is not None and not section.findall(
            "item"
        ):
            reading.items.append(
                Problem(
                    SKIPPED,
                    "It draws questions from a bank: import the bank, then add a place that draws from it.",
                    name=section.get("title") or "",
                    kind="section",
                    path=path,
                    line=line_of(section),
                )
            )
    for element in root.iter("item"):
        item = _Item(element, pictures, posixpath.dirname(path), groups.get(element))
        reading.take(item.read, name=item.name, kind=item.kind, path=path, line=line_of(element))
    return reading


def html_of(node) -> str:
    """HTML of one text. Text marked as plain is escaped unless it plainly holds tags."""
    raw = (node.text or "") if not len(node) else inner_html(node)
    kind = (node.get("texttype") or node.get("type") or "text/plain").lower()
    if len(node) or "html" in kind or "xhtml" in kind:
        return raw.strip()
    if kind == "smart_text" or re.search(
        r"<(p|br|div|span|b|i|em|strong|img|ul|ol|table|sub|sup)\b", raw, re.IGNORECASE
    ):
        return raw.strip()
    return html.escape(raw.strip(), quote=False).replace("\n", "<br>")


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
class _Group:
    """A section of which a quiz draws some items, each for the same points."""

    drawn: int
    size: int
    points: float | None


def _groups(root) -> dict:
    """{item: its group} of the sections that draw."""
    found = {}
    for section in root.iter("section"):
        drawn = number(text_of(section, "selection_ordering/selection/selection_number"))
        items = section.findall("item")
        if drawn is None or not items:
            continue
        points = number(text_of(section, "selection_ordering/selection/selection_extension/points_per_item"))
        found |= dict.fromkeys(items, _Group(int(drawn), len(items), points))
    return found


@dataclass(slots=True)
class _Rule:
    """One respcondition: the answers it wants (respident, value), those it forbids, its worth, its
    feedback.
    """

    wants: list = field(default_factory=list)
    forbids: list = field(default_factory=list)
    bounds: dict = field(default_factory=dict)
    substrings: list = field(default_factory=list)
    case: bool = False
    worth: float | None = None
    action: str = "set"
    feedback: list = field(default_factory=list)
    title: str = ""
    is_other: bool = False


class _Item:
    def __init__(self, element, pictures, base, group=None):
        self.element = element
        self.image = pictures.resolver(base=base)
        self.pictures = pictures
        self.group = group
        self.notes: list[str] = []
        self.meta = self._metadata()
        self.presentation = element.find("presentation")
        self.kind = (
            self.meta.get("question_type")
            or self.meta.get("bbmd_questiontype")
            or self.meta.get("cc_profile")
            or self.meta.get("qmd_questiontype")
            or self.meta.get("qmd_itemtype")
            or "item"
        )
        title = (element.get("title") or "").strip()
        self.name = "" if _GENERIC_NAME.fullmatch(title) else title
        self.name = self.name or name_from(html.unescape(self._stem())) or title

    def _metadata(self):
        found = {}
        fields = (
            node for tag in ("qtimetadatafield", "qti_metadatafield") for node in self.element.iter(tag)
        )
        for node in fields:
            found[text_of(node, "fieldlabel")] = text_of(node, "fieldentry")
        for group in self.element.findall("itemmetadata"):
            for node in group:
                if node.tag.startswith(("bbmd_", "qmd_")) and text_of(node):
                    found[node.tag] = text_of(node)
        return found

    # --------------------------------------------------------------------------------------- texts

    def _material(self, node) -> str:
        """HTML of the materials below a node, without those of the responses in it."""
        parts = []
        for child in node:
            if child.tag in _RESPONSES or child.tag in ("response_label", "render_choice", "render_fib"):
                continue
            if child.tag in ("mattext", "mat_formattedtext", "matemtext"):
                parts.append(html_of(child))
            elif child.tag == "matimage" and child.get("uri"):
                parts.append(
                    f'<img src="{html.escape(child.get("uri"))}" alt="{html.escape(child.get("label", ""))}">'
                )
            elif child.tag == "matbreak":
                parts.append("<br>")
            else:
                parts.append(self._material(child))
        return " ".join(part for part in parts if part.strip())

    def _stem(self) -> str:
        if self.presentation is None:
            return ""
        question = next(
            (node for node in self.presentation.iter() if node.get("class") == "QUESTION_BLOCK"), None
        )
        if question is not None:
            return self._material(question)
        return self._material(self.presentation)

    def markdown(self, source: str) -> str:
        return markup.to_markdown(source, image=self.image)

    def words(self, node) -> str:
        """Plain words of the materials below a node."""
        source = re.sub(r"<[^>]*>", " ", self._material(node))
        return " ".join(html.unescape(source).split())

    # --------------------------------------------------------------------------------------- rules

    def rules(self) -> list[_Rule]:
        return [self._rule(node) for node in self.element.iter("respcondition")]

    def _rule(self, node) -> _Rule:
        rule = _Rule(title=(node.get("title") or "").lower())
        condition = node.find("conditionvar")
        if condition is not None:
            self._conditions(condition, rule, forbidden=False)
        for setvar in node.findall("setvar"):
            value = text_of(setvar)
            rule.action = (setvar.get("action") or "Set").lower()
            worth = 1.0 if value.upper().endswith(".MAX") else number(value)
            if worth is not None:
                rule.worth = -worth if rule.action == "subtract" else worth
                rule.action = "max" if value.upper().endswith(".MAX") else rule.action
        rule.feedback = [
            found.get("linkrefid") for found in node.findall("displayfeedback") if found.get("linkrefid")
        ]
        return rule

    def _conditions(self, node, rule, *, forbidden):
        for child in node:
            ident, value = child.get("respident") or "", text_of(child)
            match child.tag:
                case "not":
                    self._conditions(child, rule, forbidden=not forbidden)
                case "and" | "or" | "unanswered":
                    self._conditions(child, rule, forbidden=forbidden)
                case "varequal" if value:
                    (rule.forbids if forbidden else rule.wants).append((ident, value))
                    rule.case = rule.case or (child.get("case") or "").lower() == "yes"
                case "varsubset":
                    target = rule.forbids if forbidden else rule.wants
                    target.extend((ident, part.strip()) for part in value.split(","))
                case "varsubstring":
                    rule.substrings.append((ident, value))
                case "vargte" | "vargt" | "varlte" | "varlt":
                    bound = number(value)
                    if bound is not None:
                        rule.bounds.setdefault(ident, {})[
                            "low" if child.tag.startswith("varg") else "high"
                        ] = bound
                case "other":
                    rule.is_other = True

    def fractions(self, rules) -> list[tuple[_Rule, float]]:
        """Rules that give something, with their share of the whole mark."""
        telling = [
            rule for rule in rules if not rule.is_other and (rule.wants or rule.bounds or rule.substrings)
        ]
        scored = [rule for rule in telling if rule.worth is not None]
        if not any(rule.worth > 0 for rule in scored):
            # Some writers score in a rule of its own, or only name the right condition.
            named = [
                rule
                for rule in telling
                if rule.title == "correct"
                or any(link.lower() in ("correct", "correct_fb") for link in rule.feedback)
            ]
            return [
                (rule, 1.0) for rule in named or telling if rule.title != "incorrect" and rule.worth is None
            ]
        positives = [rule.worth for rule in scored if rule.worth > 0 and rule.action != "max"]
        declared = max(
            (number(node.get("maxvalue"), 0.0) for node in self.element.iter("decvar")), default=0.0
        )
        adds = sum(rule.worth for rule in scored if rule.worth > 0 and rule.action == "add")
        whole = declared or max([*positives, adds, 1e-9 if not positives else 0.0])
        if positives and max(positives) > whole:
            whole = max(positives)
        return [
            (rule, 1.0 if rule.action == "max" else max(-1.0, min(1.0, rule.worth / whole)))
            for rule in scored
            if rule.worth
        ]

    def feedback(self) -> dict[str, str]:
        found = {}
        for node in self.element.iter("itemfeedback"):
            text = self.markdown(self._material(node))
            if text and node.get("ident"):
                found[node.get("ident")] = text
        return found

    def choice_feedback(self, rules, feedback) -> dict[str, str]:
        """{value: feedback} of rules that speak of exactly one answer."""
        found = {}
        for rule in rules:
            if len(rule.wants) == 1 and not rule.is_other:
                texts = [
                    feedback[link]
                    for link in rule.feedback
                    if link in feedback and link.lower() not in _GENERAL
                ]
                if texts:
                    found.setdefault(rule.wants[0][1], texts[0])
        return found

    def explanation(self, feedback) -> str:
        parts = [feedback[key] for key in feedback if key.lower() in ("general_fb", "general", "solution")]
        if not parts:
            parts = [feedback[key] for key in feedback if key.lower() in ("correct", "correct_fb")]
        return "\n\n".join(parts)

    # ---------------------------------------------------------------------------------------- read

    def read(self) -> ImportedQuestion:
        if self.presentation is None:
            raise Broken("The item shows nothing.")
        said = self.kind.lower().strip()
        if said in _ABSENT:
            raise NotHere(_ABSENT[said])
        rules, feedback = self.rules(), self.feedback()
        question = ImportedQuestion(
            type="",
            name=self.name[:255],
            text=self.markdown(self._stem()),
            explanation=self.explanation(feedback),
            mark=self._mark(),
        )
        question.type, question.data, *changed = self._content(said, rules, feedback)
        if question.type == "essay" and "solution" in feedback:
            # What a marker compares with is not for learners.
            question.explanation = feedback.get("general_fb", "")
        if changed:
            question.text = changed[0]
        if not question.text.strip():
            raise Broken("The question has no text.")
        question.note = " ".join(filter(None, (self.pictures.note(), *self.notes, self._drawn())))
        question.name = question.name or name_from(question.text)
        return question

    def _drawn(self) -> str:
        group = self.group
        if group is None or group.drawn >= group.size:
            return ""
        return f"It is one of {group.size} of which a quiz drew {group.drawn}; here it is always asked."

    def _mark(self) -> float:
        """Points: Canvas and Blackboard say them, Brightspace and cartridges call them weighting."""
        if self.group is not None and self.group.points:
            return self.group.points
        names = ["points_possible", "qmd_absolutescore_max", "cc_weighting"]
        names += ["qmd_weighting"] if "qmd_questiontype" in self.meta else []
        points = (number(self.meta.get(name), 0.0) or 0.0 for name in names)
        return next((value for value in points if value > 0), 1.0)

    def _content(self, said, rules, feedback):
        responses = [node for node in self.presentation.iter() if node.tag in _RESPONSES]
        if not responses or said in ("text_only_question", "text only"):
            return "text_block", {}
        if any(node.tag == "response_xy" for node in responses) or any(
            node.tag == "render_hotspot" for node in self.presentation.iter()
        ):
            raise NotHere("Points in a picture don't exist here.")
        if said == "calculated_question" or said == "calculated":
            return self._calculated()
        if next(self.presentation.iter("variable"), None) is not None:
            return self._arithmetic()
        if said == "fill_in_multiple_blanks_question" or "fill in the blank plus" in said:
            return self._named_gaps(responses, rules, lists=False)
        if said == "multiple_dropdowns_question":
            return self._named_gaps(responses, rules, lists=True)
        lists = [node for node in responses if node.tag in ("response_lid", "response_grp")]
        if "matching" in said or len(lists) > 1:
            return self._matching(lists, rules)
        if lists and ((lists[0].get("rcardinality") or "").lower() == "ordered" or "order" in said):
            return self._ordering(lists[0], rules)
        if lists and list(lists[0].iter("response_label")):
            return self._choices(lists[0], said, rules, feedback)
        return self._typed(responses, said, rules, feedback)

    def _labels(self, response):
        return {node.get("ident") or "": node for node in response.iter("response_label")}

    def _choices(self, response, said, rules, feedback):
        labels = self._labels(response)
        if len(labels) < 2:
            raise Broken("The question has fewer than two choices.")
        worth = dict.fromkeys(labels, 0.0)
        several = (
            response.get("rcardinality") or "Single"
        ).lower() == "multiple" or "multiple_answers" in said
        scored = self.fractions(rules)
        whole = [(rule, fraction) for rule, fraction in scored if len(rule.wants) > 1 or rule.forbids]
        if several and whole:
            rule = max(whole, key=lambda entry: entry[1])[0]
            right = {value for _ident, value in rule.wants if value in worth}
            wrong = len(worth) - len(right)
            for value in worth:
                worth[value] = 1 / len(right) if value in right else -1 / wrong
        else:
            for rule, fraction in scored:
                for _ident, value in rule.wants:
                    if value in worth:
                        worth[value] = max(worth[value], fraction) if fraction > 0 else fraction
        if not any(fraction > 0 for fraction in worth.values()):
            raise Broken("No choice is marked as right.")
        notes = self.choice_feedback(rules, feedback)
        words = {ident: self.words(node).lower() for ident, node in labels.items()}
        if not several and set(words.values()) == {"true", "false"}:
            truth = next(ident for ident, word in words.items() if word == "true")
            data = {"answer": worth[truth] > 0}
            for ident, word in words.items():
                if ident in notes:
                    data[f"feedback_{word}"] = notes[ident]
            return "true_false", data
        entries = []
        for ident, node in labels.items():
            text = self.markdown(self._material(node)) or ident
            entries.append((text, worth[ident], notes.get(ident, "")))
        said_of_order = {(node.get("shuffle") or "").lower() for node in response.iter("render_choice")}
        shuffle = "yes" in said_of_order or not said_of_order & {"no"}
        return choice_data(entries, single=not several, shuffle=shuffle)

    def _answers_of(self, ident, rules, *, only: bool):
        """(accepted texts, case matters) for one response; `only`: the item has no other, idents may be
        loose.
        """
        found, case = {}, False
        for rule, fraction in self.fractions(rules):
            wanted = [literal(value) for key, value in rule.wants if key == ident or only]
            wanted += [f"*{literal(value)}*" for key, value in rule.substrings if key == ident or only]
            for value in wanted:
                if value and fraction > 0:
                    found[value] = max(found.get(value, 0.0), fraction if only else 1.0)
                    case = case or rule.case
        return [
            text if worth == 1 else {"text": text, "fraction": worth} for text, worth in found.items()
        ], case

    def _typed(self, responses, said, rules, feedback):
        texts = [
            node
            for node in responses
            if node.tag in ("response_str", "response_num", "response_lid", "response_grp")
        ]
        fibs = list(self.presentation.iter("render_fib"))
        if (
            "essay" in said
            or "short response" in said
            or (said == "short answer" and "bbmd_questiontype" in self.meta)
        ):
            return "essay", self._essay_notes(feedback)
        is_number = (
            "numeric" in said
            or texts[0].tag == "response_num"
            or any((fib.get("fibtype") or "").lower() in ("decimal", "integer", "scientific") for fib in fibs)
        )
        if is_number:
            return self._numeric(rules)
        if len(texts) > 1:
            return self._text_gaps(texts, rules)
        answers, case = self._answers_of(texts[0].get("ident") or "", rules, only=True)
        if not answers:
            return "essay", self._essay_notes(feedback)
        return "short_text", {"answers": answers, "case_sensitive": case}

    def _essay_notes(self, feedback):
        notes = feedback.get("solution") or feedback.get("general_fb") or ""
        return {"grader_notes": notes} if notes else {}

    def _numeric(self, rules):
        found = []
        for rule, fraction in self.fractions(rules):
            if fraction <= 0:
                continue
            exact = next((value for _ident, raw in rule.wants if (value := number(raw)) is not None), None)
            bounds = next(iter(rule.bounds.values()), {})
            low, high = bounds.get("low"), bounds.get("high")
            if low is not None and high is not None:
                answer = exact if exact is not None and low <= exact <= high else between(low, high)["answer"]
                tolerance = max(high - answer, answer - low)
            elif exact is not None:
                answer, tolerance = exact, 0.0
            else:
                continue
            found.append(
                {"answer": answer, "tolerance": round(tolerance, 12), "fraction": fraction, "feedback": ""}
            )
        if not found:
            raise Broken("The question accepts no number.")
        return "numeric", numeric_data(found)

    def _text_gaps(self, texts, rules):
        """Typed answers between pieces of text: a gap where each of them stands."""
        gaps, parts = [], []

        def walk(node):
            for child in node:
                if child in texts:
                    answers, case = self._answers_of(child.get("ident") or "", rules, only=False)
                    if not answers:
                        raise Broken("A gap accepts nothing.")
                    gaps.append(
                        {
                            "type": "short_text",
                            "data": {"answers": answers, "case_sensitive": case},
                            "weight": 1.0,
                        }
                    )
                    parts.append(f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}")
                elif child.tag in ("mattext", "mat_formattedtext"):
                    parts.append(html_of(child))
                else:
                    walk(child)

        walk(self.presentation)
        return "gap_fill", {"gaps": gaps}, self.markdown(" ".join(parts))

    def _named_gaps(self, responses, rules, *, lists):
        """Canvas: the text names each gap as [name], and a response of that name lists its answers. What it
        lists is accepted, or offered where the question or the answers themselves say so.
        """
        right = {
            (ident, value)
            for rule, fraction in self.fractions(rules)
            if fraction > 0
            for ident, value in rule.wants
        }
        gaps, source = [], self._stem()
        for response in responses:
            ident = response.get("ident") or ""
            names = [text_of(response, "material"), ident.removeprefix("response_")]
            name = next((name for name in names if f"[{name}]" in source), names[0] or names[1])
            labels = self._labels(response)
            words = {key: self.words(node) for key, node in labels.items()}
            if lists or any(node.get("answer_type") in ("dropdown", "wordbank") for node in labels.values()):
                entries = [(text, float((ident, key) in right), "") for key, text in words.items()]
                if not any(fraction for _text, fraction, _note in entries):
                    raise Broken(f"The list “{name}” has no right choice.")
                kind, data = choice_data(entries, single=True)
            else:
                answers = [self._pattern(node, words[key]) for key, node in labels.items() if words[key]]
                answers = answers or [literal(value) for key, value in right if key == ident]
                if not answers:
                    raise Broken(f"The gap “{name}” accepts nothing.")
                kind, data = "short_text", {"answers": list(dict.fromkeys(answers))}
                if self.meta.get("case_sensitive") == "true":
                    data["case_sensitive"] = True
            gaps.append({"type": kind, "data": data, "weight": 1.0})
            place = f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"
            before = source
            source = source.replace(f"[{name}]", place, 1)
            if source == before:
                source += f" {place}"
        if not gaps:
            raise Broken("The question has no gaps.")
        return "gap_fill", {"gaps": gaps}, self.markdown(source)

    def _pattern(self, label, words: str) -> str:
        """What a gap of Canvas accepts, by the rule that the answer names."""
        rule = label.get("scoring_algorithm") or ""
        if rule == "TextRegex":
            raise NotHere("Regular expressions as answers don't exist here.")
        if rule == "TextCloseEnough":
            self.notes.append("Answers with typing mistakes, which it took, are wrong here.")
        return f"*{literal(words)}*" if rule == "TextContainsAnswer" else literal(words)

    def _matching(self, responses, rules):
        right = {}
        for rule, fraction in self.fractions(rules):
            if fraction > 0:
                for ident, value in rule.wants:
                    right.setdefault(ident, value)
        if not right:
            for rule in rules:
                for ident, value in rule.wants:
                    right.setdefault(ident, value)
        block = next(
            (node for node in self.presentation.iter() if node.get("class") == "RIGHT_MATCH_BLOCK"), None
        )
        shared = [self.words(node) for node in block] if block is not None else None
        parents = {child: parent for parent in self.presentation.iter() for child in parent}
        pairs, seen = [], []
        for response in responses:
            labels = list(self._labels(response).items())
            answers = {}
            for place, (key, node) in enumerate(labels):
                answers[key] = shared[place] if shared and place < len(shared) else self.words(node)
            seen += [text for text in answers.values() if text]
            prompt = self.markdown(self._material(response)) or self.markdown(
                self._material(parents[response])
            )
            answer = answers.get(right.get(response.get("ident") or "", ""), "")
            if prompt and answer:
                pairs.append({"prompt": prompt, "answer": answer})
        if len(pairs) < 2:
            raise Broken("The question has fewer than two pairs with a right answer.")
        used = {pair["answer"] for pair in pairs}
        distractors = [text for text in dict.fromkeys(seen) if text not in used]
        data = {"pairs": pairs} | ({"distractors": distractors} if distractors else {})
        return "matching", data, self._matching_text()

    def _matching_text(self):
        """The text above the pairs, without the pairs' own."""
        question = next(
            (node for node in self.presentation.iter() if node.get("class") == "QUESTION_BLOCK"), None
        )
        if question is not None:
            return self.markdown(self._material(question))
        first = next((node for node in self.presentation if node.tag == "material"), None)
        return self.markdown(self._material(first) if first is not None else self._stem())

    def _ordering(self, response, rules):
        labels = self._labels(response)
        order = []
        for rule, fraction in self.fractions(rules) or [(rule, 1.0) for rule in rules]:
            wanted = [value for _ident, value in rule.wants if value in labels]
            if fraction > 0 and len(wanted) > len(order):
                order = list(dict.fromkeys(wanted))
        if len(order) < 2:
            raise Broken("The right order is not given.")
        items = [self.markdown(self._material(labels[key])) or key for key in order]
        return "ordering", {"items": items}

    def _arithmetic(self):
        """Brightspace: variables and a formula stand in the presentation."""
        parameters = {}
        for node in self.presentation.iter("variable"):
            parameters[node.get("name") or ""] = {
                "min": number(text_of(node, "minvalue"), 0.0),
                "max": number(text_of(node, "maxvalue"), 10.0),
                "decimals": int(number(text_of(node, "decimalplaces"), 0.0)),
            }
        formula = text_of(next(self.presentation.iter("formula"), None))
        if not formula:
            raise Broken("The formula is missing.")
        allowed = next(self.element.iter("tolerance"), None)
        tolerance = abs(number(text_of(allowed), 0.0))
        relative = allowed is not None and "percent" in (allowed.get("type") or "").lower()
        source = self._stem()
        for name in parameters:
            source = source.replace(f"{{{name}}}", f"{markup.OPEN}{{{name}}}{markup.CLOSE}")
        data = {
            "expression": re.sub(r"\{(\w+)\}", r"\1", formula).replace("^", "**"),
            "tolerance": tolerance / 100 if relative else tolerance,
            "tolerance_type": "relative" if relative else "absolute",
            "parameters": parameters,
        }
        return "calculated", data, self.markdown(source)

    def _calculated(self):
        block = next(self.element.iter("calculated"), None)
        if block is None:
            raise Broken("The formula is missing.")
        formula = text_of(block, "formulas/formula") or text_of(block, "formula")
        names = [
            node.get("name") or ""
            for node in block.iter("var")
            if node.get("min") is not None or node.find("min") is not None
        ]
        parameters, rows = {}, []
        for node in block.iter("var"):
            if node.find("min") is not None:
                parameters[node.get("name")] = {
                    "min": number(text_of(node, "min"), 0.0),
                    "max": number(text_of(node, "max"), 10.0),
                    "decimals": int(number(node.get("scale"), 0.0)),
                }
        for variant in block.iter("var_set"):
            row = {node.get("name"): number(text_of(node)) for node in variant.findall("var")}
            if row and None not in row.values():
                rows.append(row)
        source = self._stem()
        for name in names or parameters:
            source = source.replace(f"[{name}]", f"{markup.OPEN}{{{name}}}{markup.CLOSE}")
        raw = text_of(block, "answer_tolerance")
        percent = raw.endswith("%")
        tolerance = abs(number(raw.rstrip("%"), 0.0))
        expression = re.split(r"(?<![<>=!])=(?!=)", formula)[-1].strip()
        data = {
            "expression": expression,
            "tolerance": tolerance / 100 if percent else tolerance,
            "tolerance_type": "relative" if percent else "absolute",
        }
        data |= {"rows": rows} if rows else {"parameters": parameters}
        return "calculated", data, self.markdown(source)


_GENERAL = {
    "correct",
    "correct_fb",
    "general_fb",
    "general_incorrect_fb",
    "incorrect",
    "incorrect_fb",
    "solution",
}
