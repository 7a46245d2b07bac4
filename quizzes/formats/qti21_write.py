"""QTI 2.1: writer of a content package (zip) with one item a question.

Where the standard has no words for all of a question, the item also carries this site's own JSON in a rubric
block for authors, which other systems don't show and the reader here prefers.
"""

import io
import json
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

import lxml.html
from lxml import etree

from quizzes.formats import qti21
from quizzes.formats.exact import as_json, same
from quizzes.rendering import to_html
from quizzes.types.choices import MultipleChoice, SingleChoice
from quizzes.types.gaps import MARKER

_FILE = re.compile(r"/quizzes/file/([0-9a-f]{64}\.[a-z0-9]+)")
_NAMED = re.compile(r"question-file:([0-9a-f]{64}\.[a-z0-9]+)")
_RULES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
_NAMESPACES = {
    "xmlns": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://www.imsglobal.org/xsd/imsqti_v2p1 "
    "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
}


def write(questions, files=None) -> bytes:
    """The package of ImportedQuestions; files: {name in the text: bytes} of the pictures they show."""
    files = files or {}
    package, resources, shown = io.BytesIO(), [], set()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, question in enumerate(questions, start=1):
            name = f"items/q{number}.xml"
            archive.writestr(name, _item(question, f"q{number}"))
            pictures = sorted(_pictures(question) & set(files))
            shown.update(pictures)
            parts = [
                element("file", href=name),
                *(element("file", href=f"images/{name}") for name in pictures),
            ]
            resources.append(
                element("resource", *parts, identifier=f"q{number}", type="imsqti_item_xmlv2p1", href=name)
            )
        for name in sorted(shown):
            archive.writestr(f"images/{name}", files[name])
        archive.writestr("imsmanifest.xml", _manifest(resources))
    return package.getvalue()


def element(tag: str, *content: str, **attributes) -> str:
    """One element; attributes whose value is None are left out, and content is XML already."""
    said = "".join(
        f" {key}={quoteattr(str(value))}" for key, value in attributes.items() if value is not None
    )
    inner = "".join(content)
    return f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>"


def _manifest(resources) -> str:
    schema = element("schema", "QTIv2.1 Package") + element("schemaversion", "1.0.0")
    manifest = element(
        "manifest",
        element("metadata", schema),
        element("organizations"),
        element("resources", *resources),
        xmlns="http://www.imsglobal.org/xsd/imscp_v1p1",
        identifier="questions",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{manifest}'


def _pictures(question) -> set[str]:
    return set(_NAMED.findall(json.dumps([question.text, question.data, question.explanation])))


def _item(question, identifier) -> bytes:
    item = _Writer(question, identifier).item()
    back = qti21.read(item).questions
    if not back or not same(back[0], question):
        item = _Writer(question, identifier).item(exact=as_json(question))
    return item


def _flag(value) -> str:
    return "true" if value else "false"


class _Writer:
    """One assessmentItem. Methods named after types return the body and declare its responses."""

    def __init__(self, question, identifier):
        self.question, self.identifier = question, identifier
        self.declarations: list[str] = []
        self.conditions: list[str] = []
        self.processing = element("responseProcessing", template=f"{_RULES}match_correct")

    def item(self, exact="") -> bytes:
        body = getattr(self, f"_{self.question.type}")(self.question.data)
        if exact:
            said = element("p", escape(exact))
            body = element("rubricBlock", said, **{"view": "author", "class": qti21.EXACT_CLASS}) + body
        if self.conditions:
            self.processing = element("responseProcessing", *self.conditions)
        parts = [
            *self.declarations,
            element("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float"),
            element(
                "outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier"
            ),
            element("itemBody", body),
            self.processing,
        ]
        if self.question.explanation:
            parts.append(_feedback("modalFeedback", "solution", _xhtml(self.question.explanation)))
        item = element(
            "assessmentItem",
            *parts,
            **_NAMESPACES,
            identifier=self.identifier,
            title=self.question.name,
            adaptive="false",
            timeDependent="false",
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{item}'.encode()

    def declare(self, identifier, cardinality, base_type, correct, mapping=None, case=False):
        parts = []
        if correct:
            parts.append(
                element("correctResponse", *(element("value", escape(str(value))) for value in correct))
            )
        if mapping:
            entries = (
                element("mapEntry", mapKey=key, mappedValue=f"{value:g}", caseSensitive=_flag(case))
                for key, value in mapping
            )
            parts.append(element("mapping", *entries, defaultValue="0"))
            self.processing = element("responseProcessing", template=f"{_RULES}map_response")
        self.declarations.append(
            element(
                "responseDeclaration",
                *parts,
                identifier=identifier,
                cardinality=cardinality,
                baseType=base_type,
            )
        )

    def text(self) -> str:
        return _xhtml(self.question.text)

    def _text_block(self, data):
        self.processing = ""
        return self.text()

    def _essay(self, data):
        self.processing = ""
        self.declare("RESPONSE", "single", "string", [])
        notes = data.get("grader_notes")
        rubric = element("rubricBlock", _xhtml(notes), view="scorer") if notes else ""
        field = element(
            "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines=data.get("lines") or None
        )
        return rubric + self.text() + field

    def _true_false(self, data):
        self.declare("RESPONSE", "single", "identifier", [_flag(data["answer"])])
        choices = [
            element(
                "simpleChoice",
                word.capitalize(),
                _noted(word, data.get(f"feedback_{word}")),
                identifier=word,
            )
            for word in ("true", "false")
        ]
        return self.text() + self._choice_interaction(choices, shuffle=False, single=True)

    def _choice_interaction(self, choices, *, shuffle, single):
        return element(
            "choiceInteraction",
            *choices,
            responseIdentifier="RESPONSE",
            shuffle=_flag(shuffle),
            maxChoices=1 if single else 0,
        )

    def _choices(self, data, kind, single):
        worths = kind.worths(data)
        names = [f"C{place}" for place in range(1, len(worths) + 1)]
        choices = list(zip(names, data["choices"], strict=True))
        right = [name for name, choice in choices if kind.is_right(choice)]
        plain = single and not set(worths) - {0.0, 1.0}
        mapping = None if plain else list(zip(names, worths, strict=True))
        self.declare("RESPONSE", "single" if single else "multiple", "identifier", right, mapping)
        shown = [
            element(
                "simpleChoice",
                _inline_xhtml(choice["text"]),
                _noted(name, choice.get("feedback")),
                identifier=name,
            )
            for name, choice in choices
        ]
        return self.text() + self._choice_interaction(shown, shuffle=data.get("shuffle", True), single=single)

    def _single_choice(self, data):
        return self._choices(data, SingleChoice, True)

    def _multiple_choice(self, data):
        return self._choices(data, MultipleChoice, False)

    def _typed(self, identifier, kind, data):
        """Declare one typed answer and how it is judged."""
        if kind == "numeric":
            self.declare(identifier, "single", "float", [repr(float(data["answer"]))])
            self._equal(identifier, data)
            return
        answers = [answer if isinstance(answer, dict) else {"text": answer} for answer in data["answers"]]
        mapping = [(answer["text"], answer.get("fraction", 1.0)) for answer in answers]
        best = [text for text, fraction in mapping if fraction == 1][:1]
        self.declare(identifier, "single", "string", best, mapping, bool(data.get("case_sensitive")))

    def _equal(self, identifier, data):
        relative = data.get("tolerance_type") == "relative"
        tolerance = data.get("tolerance", 0) * (100 if relative else 1)
        test = element(
            "equal",
            element("variable", identifier=identifier),
            element("correct", identifier=identifier),
            toleranceMode="exact" if not tolerance else "relative" if relative else "absolute",
            tolerance=f"{tolerance!r} {tolerance!r}" if tolerance else None,
        )
        one = element("variable", identifier="SCORE") + element("baseValue", "1", baseType="float")
        score = element("setOutcomeValue", element("sum", one), identifier="SCORE")
        self.conditions.append(element("responseCondition", element("responseIf", test, score)))

    def _short_text(self, data):
        self._typed("RESPONSE", "short_text", data)
        return self.text() + element("p", element("textEntryInteraction", responseIdentifier="RESPONSE"))

    def _numeric(self, data):
        self._typed("RESPONSE", "numeric", data)
        unit = f" {escape(data['unit'])}" if data.get("unit") else ""
        return self.text() + element(
            "p", element("textEntryInteraction", responseIdentifier="RESPONSE"), unit
        )

    def _matching(self, data):
        pairs = data["pairs"]
        answers = list(dict.fromkeys([pair["answer"] for pair in pairs] + list(data.get("distractors", ()))))
        place = {text: f"T{number}" for number, text in enumerate(answers, start=1)}
        right = [f"S{number} {place[pair['answer']]}" for number, pair in enumerate(pairs, start=1)]
        self.declare(
            "RESPONSE", "multiple", "directedPair", right, [(pair, 1 / len(right)) for pair in right]
        )
        sources = [
            element(
                "simpleAssociableChoice", _inline_xhtml(pair["prompt"]), identifier=f"S{number}", matchMax=1
            )
            for number, pair in enumerate(pairs, start=1)
        ]
        targets = [
            element("simpleAssociableChoice", escape(text), identifier=place[text], matchMax=len(pairs))
            for text in answers
        ]
        return self.text() + element(
            "matchInteraction",
            element("simpleMatchSet", *sources),
            element("simpleMatchSet", *targets),
            responseIdentifier="RESPONSE",
            shuffle=_flag(data.get("shuffle", True)),
            maxAssociations=len(pairs),
        )

    def _ordering(self, data):
        names = [f"C{number}" for number in range(1, len(data["items"]) + 1)]
        self.declare("RESPONSE", "ordered", "identifier", names)
        choices = [
            element("simpleChoice", _inline_xhtml(item), identifier=name)
            for name, item in zip(names, data["items"], strict=True)
        ]
        return self.text() + element(
            "orderInteraction", *choices, responseIdentifier="RESPONSE", shuffle="true"
        )

    def _gap_fill(self, data):
        shown = {number: self._gap(f"R{number}", gap) for number, gap in enumerate(data["gaps"], start=1)}
        return MARKER.sub(lambda found: shown[int(found[1])], self.text())

    def _gap(self, identifier, gap):
        if gap["type"] == "multiple_choice":
            # QTI has no ticks inside a text: others see a field, and the exact JSON knows the choices.
            self.declare(identifier, "single", "string", [])
            return element("textEntryInteraction", responseIdentifier=identifier)
        if gap["type"] != "single_choice":
            self._typed(identifier, gap["type"], gap["data"])
            return element("textEntryInteraction", responseIdentifier=identifier)
        choices = list(enumerate(gap["data"]["choices"], start=1))
        right = [f"{identifier}C{place}" for place, choice in choices if SingleChoice.is_right(choice)]
        self.declare(identifier, "single", "identifier", right[:1])
        options = (
            element("inlineChoice", escape(choice["text"]), identifier=f"{identifier}C{place}")
            for place, choice in choices
        )
        return element(
            "inlineChoiceInteraction",
            *options,
            responseIdentifier=identifier,
            shuffle=_flag(gap["data"].get("shuffle", True)),
        )

    def _select_from_list(self, data):
        right = [f"W{choice + 1} G{number}" for number, choice in enumerate(data["gaps"], start=1)]
        self.declare(
            "RESPONSE", "multiple", "directedPair", right, [(pair, 1 / len(right)) for pair in right]
        )
        words = [
            element("gapText", escape(choice["text"]), identifier=f"W{place}", matchMax=0)
            for place, choice in enumerate(data["choices"], start=1)
        ]
        text = MARKER.sub(lambda found: element("gap", identifier=f"G{found[1]}"), self.text())
        return element(
            "gapMatchInteraction",
            *words,
            text,
            responseIdentifier="RESPONSE",
            shuffle=_flag(data.get("shuffle", True)),
        )

    def _calculated(self, data):
        """Other systems see the text and a field; only the exact JSON knows the formula."""
        self.processing = ""
        self.declare("RESPONSE", "single", "float", [])
        return self.text() + element("p", element("textEntryInteraction", responseIdentifier="RESPONSE"))


def _feedback(tag, name, content):
    return element(tag, content, outcomeIdentifier="FEEDBACK", identifier=name, showHide="show")


def _noted(name, feedback) -> str:
    return _feedback("feedbackInline", name, _inline_xhtml(feedback)) if feedback else ""


def _xhtml(source: str) -> str:
    """Markdown as well-formed XHTML, with pictures as files of the package."""
    rendered = _FILE.sub(r"../images/\1", to_html(source))
    if not rendered.strip():
        return ""
    root = lxml.html.fragment_fromstring(rendered, create_parent="div")
    inner = escape(root.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in root)
    return inner.strip()


def _inline_xhtml(source: str) -> str:
    shown = _xhtml(source)
    single = re.fullmatch(r"<p>((?:(?!<p>).)*)</p>", shown, re.DOTALL)
    return single[1] if single else shown
