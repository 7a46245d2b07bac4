"""One item: what it asks, and the question that becomes of it."""

import re

from quizzes.formats import markup
from quizzes.formats.exact import apply_json
from quizzes.formats.feedback import place
from quizzes.formats.markup import BLANK
from quizzes.formats.qti21.gaps import INLINE, fits_a_gap, read_inline
from quizzes.formats.qti21.kinds import READERS
from quizzes.formats.qti21.responses import Declared, Responses
from quizzes.formats.qti21.texts import Texts
from quizzes.formats.result import Broken, ImportedQuestion, NotHere
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import name_from

EXACT_CLASS = "embark-source"
ABSENT = {
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


class Item:
    def __init__(self, element, pictures, base):
        self.element, self.pictures = element, pictures
        self.image = pictures.resolver(base=base)
        self.texts = Texts(element, self.image)
        self.responses = Responses(element)
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
        self.name = "" if self.body is not None and title == element.get("identifier") else title
        self.name = (
            self.name or (name_from(self.texts.words(self.body)) if self.body is not None else title) or title
        )
        self.notes: list[str] = []

    def read(self) -> ImportedQuestion:
        self.pictures.begin()
        if self.body is None:
            raise Broken("The item has no body.")
        for node in self.interactions:
            if node.tag in ABSENT:
                raise NotHere(ABSENT[node.tag])
        if next(self.element.iter("templateProcessing"), None) is not None and self._exact() is None:
            raise NotHere("Items that compute their own templates don't exist here.")
        question = ImportedQuestion(type="", name=self.name[:255], text="", explanation="", note="")
        hints = (node for node in self.element.findall("modalFeedback") if self._is_hint(node))
        question.hints = [text for node in hints if (text := self.texts.markdown(node))]
        exact = self._exact()
        if exact is not None:
            apply_json(question, exact)
            self._own_pictures(question)
        else:
            declared = self.responses.declared()
            question.mark = self.responses.mark(declared, asks_once=len(self.interactions) == 1)
            question.type, question.data, question.text = self._content(declared)
            self._tell(question)
        if not question.text.strip().replace(BLANK, ""):
            # Some items ask in their title alone.
            question.text = markup.escape((self.element.get("title") or "").strip())
        if not question.text:
            raise Broken("The question has no text.")
        question.note = " ".join(filter(None, (self.pictures.note(), *self.notes)))
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

    def _tell(self, question):
        """What is said of an answer as a whole; what is said of one choice stands beside it."""
        choices = {choice.get("identifier") for choice in self.element.iter("simpleChoice")}
        right, wrong, everybody = [], [], []
        for node in [*self.element.findall("modalFeedback"), *self.element.iter("feedbackBlock")]:
            ident = node.get("identifier") or ""
            if ident in choices or self._is_hint(node) or not (text := self.texts.markdown(node)):
                continue
            is_wrong = re.search(r"incorrect|wrong", ident, re.IGNORECASE)
            said = wrong if is_wrong else right if re.match(r"correct", ident, re.IGNORECASE) else everybody
            said.append(text)
        self.notes.append(place(question, right=right, wrong=wrong, everybody=everybody))
        of_choices = {
            node
            for tag in ("simpleChoice", "inlineChoice", "simpleAssociableChoice", "gapText")
            for choice in self.element.iter(tag)
            for node in choice.iter("feedbackInline")
        }
        if any(node not in of_choices for node in self.element.iter("feedbackInline")):
            self.notes.append("What it says within its text after an answer is left out.")

    def _is_hint(self, node) -> bool:
        return (node.get("outcomeIdentifier") or "").upper().startswith("HINT")

    def _content(self, declared):
        if not self.interactions and any(one.correct or one.mapping for one in declared.values()):
            raise Broken("The item has a right answer, but no place to give one.")
        if not self.interactions:
            return "text_block", {}, self.texts.markdown(self.body)
        inline = [node for node in self.interactions if fits_a_gap(node, declared)]
        if len(inline) == len(self.interactions) and (len(inline) > 1 or inline[0].tag in INLINE):
            return read_inline(self, inline, declared)
        if len(self.interactions) > 1:
            raise NotHere("Items with several kinds of answers don't exist here: split them into one each.")
        node = self.interactions[0]
        reader = READERS.get(node.tag)
        if reader is None:
            raise NotHere(f"Items with a “{node.tag}” don't exist here.")
        answer = declared.get(node.get("responseIdentifier") or "") or Declared()
        kind, data, *changed = reader(self, node, answer)
        return kind, data, changed[0] if changed else self.texts.markdown(self.body)
