"""Moodle XML: reader and writer."""

import base64
import binascii
import html
import re
from xml.sax.saxutils import escape, quoteattr

from quizzes.formats import markup
from quizzes.formats.cloze import mark_gaps, read_cloze, write_cloze
from quizzes.formats.exact import apply_json, as_json, same
from quizzes.formats.gift import as_markdown, category_tag, numeric_data, plain_answers
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import Broken, ImportedQuestion, NotHere, Reading
from quizzes.formats.safe_xml import inner_html, line_of, parse, text_of
from quizzes.formats.text import name_from, number
from quizzes.formats.weights import choice_data
from quizzes.types.choices import MultipleChoice, SingleChoice

NAME = "moodle-xml"
EXACT_TAG = "embark"
_FORMS = {"html": "html", "markdown": "markdown", "plain_text": "plain", "moodle_auto_format": "moodle"}
_NUMBERED = re.compile(r"\[\[(\d+)(?:[^\]\d][^\]]*)?\]\]")


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    questions = [root] if root.tag == "question" else list(root.iter("question"))
    category = ""
    for element in questions:
        kind = element.get("type") or ""
        if kind == "category":
            category = category_tag(text_of(element, "category"))
            continue
        reader = _Question(element, pictures)
        reading.take(
            lambda reader=reader, category=category: reader.read(category),
            name=reader.name,
            kind=kind,
            path=path,
            line=line_of(element),
        )
    return reading


class _Question:
    """One <question> element."""

    def __init__(self, element, pictures):
        self.element = element
        self.pictures = pictures
        self.kind = (element.get("type") or "").lower()
        self.name = text_of(element, "name") or name_from(text_of(element, "questiontext/text"))

    def read(self, category: str) -> ImportedQuestion:
        reader = _READERS.get(self.kind)
        if reader is None:
            raise NotHere(f"Questions of the type “{self.kind or 'unknown'}” don't exist here.")
        text = self.markdown(self.element.find("questiontext"), default="html")
        question = ImportedQuestion(
            type="",
            name=self.name[:255],
            text=text,
            explanation=self.markdown(self.element.find("generalfeedback")),
            hints=[hint for node in self.element.findall("hint") if (hint := self.markdown(node))],
            tags=[tag for node in self.element.findall("tags/tag") if (tag := text_of(node)[:100])],
            mark=number(text_of(self.element, "defaultgrade"), 1.0),
            note=self.pictures.note(),
        )
        if category:
            question.tags.append(category)
        if exact := text_of(self.element, EXACT_TAG):
            return apply_json(question, exact)
        question.type, question.data, *changed = reader(self)
        if changed:
            question.text = changed[0]
        question.text += self.old_picture()
        if not question.text.strip():
            raise Broken("The question has no text.")
        question.name = question.name or name_from(question.text)
        return question

    # --------------------------------------------------------------------------------------- texts

    def raw(self, node) -> str:
        if node is None:
            return ""
        found = node.find("text")
        if found is not None:
            return inner_html(found) if len(found) else text_of(found)
        # Old files put the text straight into the element; files beside it are not text.
        return (node.text or "").strip() if len(node) else text_of(node)

    def form(self, node, default="html") -> str:
        return _FORMS.get((node.get("format") or "") if node is not None else "", default)

    def markdown(self, node, default="html") -> str:
        source = self.raw(node)
        form = self.form(node, default)
        if form == "markdown":
            return self.pictures.replace_plugin_files(source, self.files(node)).strip()
        if form in ("html", "moodle"):
            image = self.pictures.resolver(self.files(node))
            if form == "moodle" and "<" not in source:
                return as_markdown(source, "moodle")
            if form == "moodle":
                source = re.sub(r"(?<!>)\n(?!\s*<)", "<br>\n", source)
            return markup.to_markdown(source, image=image)
        return as_markdown(source, form)

    def files(self, node) -> dict[str, bytes]:
        """Files beside a text, by the name that the text uses."""
        found = {}
        for file in node.findall("file") if node is not None else ():
            try:
                content = base64.b64decode("".join((file.text or "").split()), validate=False)
            except (binascii.Error, ValueError):
                continue
            found[(file.get("path") or "/").lstrip("/") + (file.get("name") or "")] = content
        return found

    def old_picture(self) -> str:
        """The picture of files from before Moodle 2, which stood outside the text."""
        encoded = text_of(self.element, "image_base64")
        if not encoded:
            return ""
        try:
            address = self.pictures.keep(base64.b64decode(encoded))
        except (binascii.Error, ValueError):
            return ""
        return f"\n\n![](<{address}>)" if address else ""

    def answers(self):
        """[(Markdown, fraction, feedback, element)] of the answers."""
        found = []
        for node in self.element.findall("answer"):
            fraction = number(node.get("fraction") or text_of(node, "fraction"), 0.0) / 100
            found.append(
                (
                    self.markdown(node, "plain" if self.kind in _PLAIN else "html"),
                    fraction,
                    self.markdown(node.find("feedback")),
                    node,
                )
            )
        return found

    def flag(self, name: str, default: bool) -> bool:
        node = self.element.find(name)
        if node is None:
            return default
        return text_of(node).lower() not in ("0", "false", "no")


_PLAIN = {"shortanswer", "numerical", "calculated", "calculatedsimple"}


def _multiple_choice(question):
    answers = question.answers()
    entries = [
        (text or "–", max(-1.0, min(1.0, fraction)), feedback) for text, fraction, feedback, _node in answers
    ]
    if len(entries) < 2:
        raise Broken("A multiple choice question needs at least two answers.")
    if max(fraction for _text, fraction, _feedback in entries) <= 0:
        raise Broken("No answer is marked as right.")
    shuffle = question.flag("shuffleanswers", True)
    return choice_data(entries, single=question.flag("single", True), shuffle=shuffle)


def _all_or_nothing(question):
    _kind, data = _multiple_choice(question)
    for choice in data["choices"]:
        choice["correct"] = choice.pop("fraction", float(choice["correct"])) > 0
    return "multiple_choice", {**data, "marking": "all_or_nothing"}


def _true_false(question):
    data = {}
    for text, fraction, feedback, node in question.answers():
        said = (question.raw(node) or text).strip().lower() == "true"
        if fraction > 0:
            data["answer"] = said
        if feedback:
            data["feedback_true" if said else "feedback_false"] = feedback
    if "answer" not in data:
        raise Broken("Neither true nor false is marked as right.")
    return "true_false", data


def _short_answer(question):
    found, otherwise = [], ""
    for _text, fraction, feedback, node in question.answers():
        text = question.raw(node).strip()
        if text == "*" and fraction <= 0:
            otherwise = feedback
        elif text:
            found.append({"text": text, "fraction": max(-1.0, min(1.0, fraction)), "feedback": feedback})
    if not found or max(answer["fraction"] for answer in found) <= 0:
        raise Broken("No answer is accepted as right.")
    data = {"answers": plain_answers(found)}
    if question.flag("usecase", False):
        data["case_sensitive"] = True
    if otherwise:
        data["feedback_otherwise"] = otherwise
    return "short_text", data


def _units(question):
    units = {}
    for node in question.element.findall("units/unit"):
        name, factor = text_of(node, "unit_name"), number(text_of(node, "multiplier"), 1.0)
        if name and factor:
            units[name] = factor
    if not units:
        return {}
    base = min(units, key=lambda name: abs(units[name] - 1))
    data = {"unit": base}
    # Moodle multiplies the answer into a unit; here a typed number is multiplied into the answer's unit.
    others = {name: units[base] / factor for name, factor in units.items() if name != base}
    if others:
        data["units"] = others
    if text_of(question.element, "unitgradingtype") not in ("", "0"):
        data["unit_required"] = True
    return data


def _numerical(question):
    found, otherwise = [], ""
    for _text, fraction, feedback, node in question.answers():
        raw = question.raw(node).strip()
        if raw in ("*", ""):
            otherwise = feedback
            continue
        value = number(raw)
        if value is None:
            raise Broken(f"“{raw[:40]}” is not a number.")
        tolerance = abs(number(text_of(node, "tolerance"), 0.0))
        found.append({"answer": value, "tolerance": tolerance, "fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no number.")
    return "numeric", numeric_data(found, otherwise, **_units(question))


def _matching(question):
    pairs, distractors = [], []
    for node in question.element.findall("subquestion"):
        prompt = question.markdown(node)
        answer = markup_words(question.raw(node.find("answer")))
        if prompt and answer:
            pairs.append({"prompt": prompt, "answer": answer})
        elif answer:
            distractors.append(answer)
    if len(pairs) < 2:
        raise Broken("A matching question needs at least two pairs.")
    data = {"pairs": pairs, "shuffle": question.flag("shuffleanswers", True)}
    return "matching", data | ({"distractors": distractors} if distractors else {})


def markup_words(source: str) -> str:
    """The plain words of a text that may be HTML, for lists that can't show markup."""
    return html.unescape(re.sub(r"<[^>]*>", " ", source)).replace("\xa0", " ").strip() if source else ""


def _essay(question):
    data = {}
    if lines := number(text_of(question.element, "responsefieldlines")):
        data["lines"] = int(lines)
    for name, key in (("minwordlimit", "min_words"), ("maxwordlimit", "max_words")):
        if limit := number(text_of(question.element, name)):
            data[key] = int(limit)
    if notes := question.markdown(question.element.find("graderinfo")):
        data["grader_notes"] = notes
    if template := markup_words(question.raw(question.element.find("responsetemplate"))):
        data["template"] = template
    return "essay", data


def _description(question):
    return "text_block", {}


def _cloze(question):
    node = question.element.find("questiontext")
    is_html = question.form(node) != "markdown"
    source = question.raw(node)
    if not is_html:
        _text, data = read_cloze(source, is_html=False, image=markup.nothing)
        return "gap_fill", data, mark_gaps(source)
    text, data = read_cloze(source, is_html=True, image=question.pictures.resolver(question.files(node)))
    return "gap_fill", data, text


def _placed(question, choices):
    """A text with [[number of a choice]] as a text with [[number of the gap]], and the gaps' right
    choices.
    """
    node = question.element.find("questiontext")
    gaps = []

    def place(found):
        gaps.append(int(found[1]) - 1)
        return f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"

    source = _NUMBERED.sub(place, question.raw(node))
    if not gaps:
        raise Broken("The text has no places for the choices.")
    if max(gaps) >= len(choices):
        raise Broken("The text names a choice that does not exist.")
    if question.form(node) == "markdown":
        text = source.replace(markup.OPEN, "").replace(markup.CLOSE, "")
    else:
        text = markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))
    data = {"choices": choices, "gaps": gaps, "shuffle": question.flag("shuffleanswers", True)}
    return "select_from_list", data, text


def _select(question):
    choices = [
        {"text": markup_words(question.raw(node)), "group": int(number(text_of(node, "group"), 1))}
        for node in [*question.element.findall("dragbox"), *question.element.findall("selectoption")]
    ]
    return _placed(question, choices)


def _gapfill(question):
    """The gapfill plugin: the text holds each answer between its delimiters."""
    marks = text_of(question.element, "delimitchars") or "[]"
    start, end = re.escape(marks[0]), re.escape(marks[-1])
    gaps = []
    case = question.flag("casesensitive", False)

    def place(found):
        answers = [answer.strip() for answer in markup_words(found[1]).split("|") if answer.strip()]
        gaps.append(
            {
                "type": "short_text",
                "data": {"answers": answers or ["*"], "case_sensitive": case},
                "weight": 1.0,
            }
        )
        return f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"

    node = question.element.find("questiontext")
    source = re.sub(f"{start}([^{start}{end}]+){end}", place, question.raw(node))
    if not gaps:
        raise Broken("The text has no gaps.")
    text = markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))
    return "gap_fill", {"gaps": gaps}, text


def _ordering(question):
    items = [text for text, _fraction, _feedback, _node in question.answers()]
    if len(items) < 2:
        raise Broken("An ordering question needs at least two items.")
    grading = text_of(question.element, "gradingtype").upper()
    marking = {
        "ALL_OR_NOTHING": "all_or_nothing",
        "-1": "all_or_nothing",
        "ABSOLUTE_POSITION": "position",
        "0": "position",
    }
    return "ordering", {"items": items, "marking": marking.get(grading, "relation")}


def _calculated(question):
    answers = [
        (question.raw(node).strip(), fraction, node)
        for _text, fraction, _feedback, node in question.answers()
    ]
    right = [entry for entry in answers if entry[1] >= 1]
    if not right:
        raise Broken("No formula is marked as right.")
    formula, _fraction, node = right[0]
    expression = re.sub(r"\{([A-Za-z_]\w*)\}", r"\1", formula).replace("pi()", "pi")
    rows, limits = {}, {}
    for definition in question.element.findall("dataset_definitions/dataset_definition"):
        name = text_of(definition, "name")
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise NotHere(f"The parameter “{name}” has a name that formulas here can't use.")
        for item in definition.findall("dataset_items/dataset_item"):
            place, value = text_of(item, "number"), number(text_of(item, "value"))
            if value is not None:
                rows.setdefault(place, {})[name] = value
        limits[name] = (
            number(text_of(definition, "minimum"), 1.0),
            number(text_of(definition, "maximum"), 10.0),
            int(number(text_of(definition, "decimals"), 1.0)),
        )
    whole = [row for row in rows.values() if set(row) == set(limits)]
    data = {"expression": expression, "tolerance": abs(number(text_of(node, "tolerance"), 0.01))}
    # Moodle's types of tolerance: 1 relative, 2 nominal, 3 geometric.
    data["tolerance_type"] = "relative" if text_of(node, "tolerancetype") in ("", "1", "3") else "absolute"
    if whole:
        data["rows"] = whole
    else:
        data["parameters"] = {
            name: {"min": least, "max": most, "decimals": max(0, decimals)}
            for name, (least, most, decimals) in limits.items()
        }
    return "calculated", data | _units(question), _calculated_text(question)


def _calculated_text(question) -> str:
    """The text with its formulas `{=2*{a}}` as this site writes them: `{=2*a}`."""

    def plain(match):
        formula = re.sub(r"\{([A-Za-z_]\w*)\}", r"\1", html.unescape(match[1])).replace("pi()", "pi")
        return f"{markup.OPEN}{{={formula}}}{markup.CLOSE}"

    node = question.element.find("questiontext")
    source = re.sub(r"\{=((?:[^{}]|\{\w+\})+)\}", plain, question.raw(node))
    return markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))


_READERS = {
    "multichoice": _multiple_choice,
    "multichoiceset": _all_or_nothing,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ddmatch": _matching,
    "essay": _essay,
    "essayautograde": _essay,
    "description": _description,
    "cloze": _cloze,
    "multianswer": _cloze,
    "ddwtos": _select,
    "gapselect": _select,
    "gapfill": _gapfill,
    "ordering": _ordering,
    "calculated": _calculated,
    "calculatedsimple": _calculated,
}

# ------------------------------------------------------------------------------------------------ write


def write(questions, files=None) -> bytes:
    """Moodle XML of ImportedQuestions. files: {name in the text: bytes} of the pictures they show."""
    writer = _Writer(files or {})
    body = "\n".join(_exactly(writer, question) for question in questions)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'.encode()


def _exactly(writer, question) -> str:
    """A question's element; with this site's own JSON where Moodle's words would not bring it back whole."""
    element = writer.question(question)
    back = read(element.encode()).questions
    if back and same(back[0], question):
        return element
    said = f"<{EXACT_TAG}><text>{escape(as_json(question))}</text></{EXACT_TAG}>"
    return element.replace("\n</question>", f"\n  {said}\n</question>")


class _Writer:
    def __init__(self, files):
        self.files = files

    def text(self, tag, source, attributes=' format="markdown"', inner="") -> str:
        shown, embedded = source, ""
        for name in dict.fromkeys(re.findall(r"question-file:([0-9a-f]{64}\.[a-z0-9]+)", source)):
            if name in self.files:
                shown = shown.replace(f"question-file:{name}", f"@@PLUGINFILE@@/{name}")
                encoded = base64.b64encode(self.files[name]).decode()
                embedded += f'<file name={quoteattr(name)} path="/" encoding="base64">{encoded}</file>'
        return f"<{tag}{attributes}><text>{escape(shown)}</text>{embedded}{inner}</{tag}>"

    def question(self, question) -> str:
        kind, parts = getattr(self, f"_{question.type}")(question)
        text = write_cloze(question.text, question.data) if kind == "cloze" else question.text
        if kind == "gapselect":
            text = re.sub(
                r"\[\[(\d+)\]\]", lambda found: f"[[{question.data['gaps'][int(found[1]) - 1] + 1}]]", text
            )
        head = [
            f"<name><text>{escape(question.name)}</text></name>",
            self.text("questiontext", text),
            self.text("generalfeedback", question.explanation),
            f"<defaultgrade>{question.mark:g}</defaultgrade>",
        ]
        tail = [self.text("hint", hint) for hint in question.hints]
        if question.tags:
            tail.append(
                "<tags>"
                + "".join(f"<tag><text>{escape(tag)}</text></tag>" for tag in question.tags)
                + "</tags>"
            )
        return f'<question type="{kind}">\n  ' + "\n  ".join([*head, *parts, *tail]) + "\n</question>"

    def answer(self, source, fraction, feedback="", *, plain=False, inner="") -> str:
        form = ' format="plain_text"' if plain else ' format="markdown"'
        noted = self.text("feedback", feedback)
        return self.text("answer", source, f' fraction="{round(100 * fraction, 5):g}"{form}', inner + noted)

    def _text_block(self, question):
        return "description", []

    def _essay(self, question):
        data = question.data
        parts = [f"<responsefieldlines>{data.get('lines', 15)}</responsefieldlines>"]
        for key, name in (("min_words", "minwordlimit"), ("max_words", "maxwordlimit")):
            if data.get(key):
                parts.append(f"<{name}>{data[key]}</{name}>")
        parts.append(self.text("graderinfo", data.get("grader_notes", "")))
        parts.append(self.text("responsetemplate", data.get("template", ""), ' format="plain_text"'))
        return "essay", parts

    def _true_false(self, question):
        data = question.data
        return "truefalse", [
            self.answer("true", float(data["answer"]), data.get("feedback_true", ""), plain=True),
            self.answer("false", float(not data["answer"]), data.get("feedback_false", ""), plain=True),
        ]

    def _choices(self, question, single):
        data = question.data
        if data.get("marking") == "all_or_nothing":
            worths = [float(MultipleChoice.is_right(choice)) for choice in data["choices"]]
            kind = "multichoiceset"
        else:
            worths = (SingleChoice if single else MultipleChoice).worths(data)
            kind = "multichoice"
        shuffle = str(data.get("shuffle", True)).lower()
        parts = [f"<single>{str(single).lower()}</single>", f"<shuffleanswers>{shuffle}</shuffleanswers>"]
        for choice, worth in zip(data["choices"], worths, strict=True):
            parts.append(self.answer(choice["text"], worth, choice.get("feedback", "")))
        return kind, parts

    def _single_choice(self, question):
        return self._choices(question, True)

    def _multiple_choice(self, question):
        return self._choices(question, False)

    def _short_text(self, question):
        data = question.data
        parts = [f"<usecase>{int(bool(data.get('case_sensitive')))}</usecase>"]
        for answer in data["answers"]:
            entry = answer if isinstance(answer, dict) else {"text": answer}
            parts.append(
                self.answer(entry["text"], entry.get("fraction", 1), entry.get("feedback", ""), plain=True)
            )
        if data.get("feedback_otherwise"):
            parts.append(self.answer("*", 0, data["feedback_otherwise"], plain=True))
        return "shortanswer", parts

    def _unit_parts(self, data):
        if not data.get("unit"):
            return []
        units = {data["unit"]: 1.0} | {name: 1 / factor for name, factor in (data.get("units") or {}).items()}
        parts = [f"<unitgradingtype>{int(bool(data.get('unit_required')))}</unitgradingtype>", "<units>"]
        parts += [
            f"<unit><multiplier>{factor!r}</multiplier><unit_name>{escape(name)}</unit_name></unit>"
            for name, factor in units.items()
        ]
        return [*parts, "</units>"]

    def _numeric(self, question):
        data, parts = question.data, []
        for answer in [{**data, "fraction": 1}, *data.get("alternatives", ())]:
            tolerance = answer.get("tolerance", 0)
            if answer.get("tolerance_type") == "relative":
                tolerance *= abs(answer["answer"])
            inner = f"<tolerance>{tolerance!r}</tolerance>"
            parts.append(
                self.answer(
                    repr(answer["answer"]),
                    answer.get("fraction", 1),
                    answer.get("feedback", ""),
                    plain=True,
                    inner=inner,
                )
            )
        if data.get("feedback_otherwise"):
            parts.append(self.answer("*", 0, data["feedback_otherwise"], plain=True))
        return "numerical", parts + self._unit_parts(data)

    def _matching(self, question):
        data = question.data
        parts = [f"<shuffleanswers>{str(data.get('shuffle', True)).lower()}</shuffleanswers>"]
        pairs = [(pair["prompt"], pair["answer"]) for pair in data["pairs"]]
        for prompt, answer in [*pairs, *(("", text) for text in data.get("distractors", ()))]:
            inner = f"<answer><text>{escape(escape(answer))}</text></answer>"
            parts.append(self.text("subquestion", prompt, ' format="markdown"', inner))
        return "matching", parts

    def _ordering(self, question):
        grading = {
            "position": "ABSOLUTE_POSITION",
            "relation": "RELATIVE_ALL_PREVIOUS_AND_NEXT",
            "all_or_nothing": "ALL_OR_NOTHING",
        }
        parts = [
            "<layouttype>VERTICAL</layouttype>",
            "<selecttype>ALL</selecttype>",
            f"<gradingtype>{grading[question.data.get('marking', 'position')]}</gradingtype>",
        ]
        return "ordering", parts + [self.answer(item, 1) for item in question.data["items"]]

    def _gap_fill(self, question):
        return "cloze", []

    def _select_from_list(self, question):
        parts = [f"<shuffleanswers>{int(question.data.get('shuffle', True))}</shuffleanswers>"]
        for choice in question.data["choices"]:
            text = escape(escape(choice["text"]))
            parts.append(
                f"<selectoption><text>{text}</text><group>{choice.get('group', 1)}</group></selectoption>"
            )
        return "gapselect", parts

    def _calculated(self, question):
        data = question.data
        names = sorted({*(data.get("parameters") or {}), *(data.get("rows") or [{}])[0]})
        formula = re.sub(
            r"[A-Za-z_]\w*",
            lambda word: f"{{{word[0]}}}" if word[0] in names else word[0],
            data["expression"],
        )
        kind = 1 if data.get("tolerance_type") == "relative" else 2
        inner = f"<tolerance>{data.get('tolerance', 0)!r}</tolerance><tolerancetype>{kind}</tolerancetype>"
        parts = [self.answer(formula, 1, plain=True, inner=inner), "<dataset_definitions>"]
        for name in names:
            drawn = (data.get("parameters") or {}).get(name, {})
            values = [row[name] for row in data.get("rows") or ()] or drawn.get("values") or []
            items = "".join(
                f"<dataset_item><number>{place}</number><value>{value!r}</value></dataset_item>"
                for place, value in enumerate(values, start=1)
            )
            least, most = min(values, default=1), max(values, default=10)
            parts.append(
                f"<dataset_definition><status><text>private</text></status><name><text>{name}</text></name>"
                f"<type>calculated</type><minimum><text>{drawn.get('min', least)!r}</text></minimum>"
                f"<maximum><text>{drawn.get('max', most)!r}</text></maximum>"
                f"<decimals><text>{drawn.get('decimals', 0)}</text></decimals>"
                f"<dataset_items>{items}</dataset_items></dataset_definition>"
            )
        return "calculated", [*parts, "</dataset_definitions>", *self._unit_parts(data)]
