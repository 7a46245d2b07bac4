"""Writing questions, and reading each back to see that it is still the same."""

import base64
import re
from xml.sax.saxutils import escape, quoteattr

from quizzes.formats.cloze import write_cloze
from quizzes.formats.exact import as_json, same
from quizzes.formats.moodle_xml.element import EXACT_TAG
from quizzes.formats.moodle_xml.kinds import ORDERINGS
from quizzes.formats.moodle_xml.reading import read
from quizzes.types.choices import MultipleChoice, SingleChoice
from quizzes.types.numeric import asks_unit


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
        grading = (2 if data.get("unit_penalty_of") == "mark" else 1) if asks_unit(data) else 0
        penalty = 1.0 if data.get("unit_required") else data.get("unit_penalty", 0.1)
        parts = [
            f"<unitgradingtype>{grading}</unitgradingtype><unitpenalty>{penalty!r}</unitpenalty>",
            "<units>",
        ]
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
        grading = {marking: name for name, (_number, marking) in ORDERINGS.items()}
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
        kind = {"relative": 1, "geometric": 3}.get(data.get("tolerance_type"), 2)
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
