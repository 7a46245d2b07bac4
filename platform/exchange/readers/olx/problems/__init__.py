"""Open edX problems as questions. Python in a problem is never run: what depends on it is named as skipped.

One problem may ask several questions; each response element becomes one, with the text before it. Questions
are dictionaries as `quizzes.authoring` takes them.
"""

import re
from copy import deepcopy
from dataclasses import dataclass, field

from exchange import html_markdown
from exchange.html_markdown import Resolve
from exchange.readers.olx.problems.answers import NotAQuestion
from exchange.readers.olx.problems.markup import escaped, inner_html, serialise
from exchange.readers.olx.problems.responses import ResponseReader
from exchange.readers.olx.problems.simple_editor import read_simple_editor
from exchange.safe_xml import local_name

SUPPORTED = {
    "multiplechoiceresponse", "truefalseresponse", "choiceresponse", "optionresponse", "numericalresponse",
    "stringresponse", "annotationresponse",
}  # fmt: skip
# Answers that can stand inside a table, each in its cell.
IN_TABLES = {"optionresponse", "numericalresponse", "stringresponse"}
UNSUPPORTED = {
    "customresponse": "it is graded by a Python script, which is never run",
    "coderesponse": "it is graded by an external program",
    "externalresponse": "it is graded by an external program",
    "schematicresponse": "it asks for a circuit and is graded by a Python script, which is never run",
    "javascriptresponse": "it is graded by JavaScript",
    "jsmeresponse": "it asks for a molecule drawn in an editor",
    "imageresponse": "clicking on a picture is not a question type here",
    "formularesponse": "it asks for a formula, which is not a question type here",
    "symbolicresponse": "it asks for a formula, which is not a question type here",
    "chemicalequationresponse": "it asks for a chemical equation, which is not a question type here",
    "choicetextresponse": "choices with text fields in them are not a question type here",
    "draganddropresponse": "dragging is not a question type here",
}
PARTS = {
    "solution", "solutionset", "demandhint", "script", "responseparam", "targetedfeedbackset",
    "targetedfeedback",
}  # fmt: skip
INPUTS = {
    "choicegroup", "checkboxgroup", "radiogroup", "optioninput", "textline", "formulaequationinput",
    "numericalinput", "responseparam", "additional_answer", "correcthint", "stringequalhint", "regexphint",
    "hintgroup", "compoundhint", "solution", "demandhint", "answer", "partial_answer", "annotationinput",
}  # fmt: skip
GAP = "\ue012"  # A private-use character around the number of a gap.
VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*")


@dataclass(slots=True)
class ProblemQuestions:
    """What a problem gave: questions, and (kind, reason) of each response or script that was left out; `text`
    of one that asks nothing."""

    questions: list[dict] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""


def read_problem(problem, *, name: str, link: Resolve, image: Resolve) -> ProblemQuestions:
    """Questions of a `<problem>` element."""
    return _Problem(problem, name, link, image).read()


class _Problem:
    def __init__(self, problem, name: str, link: Resolve, image: Resolve) -> None:
        self.problem = problem
        self.name = name
        self.link = link
        self.image = image
        self.responses = ResponseReader(
            self._inner, {e.get("explanation-id") or "": e for e in problem.iter("targetedfeedback")}
        )
        self.found = ProblemQuestions()

    def read(self) -> ProblemQuestions:
        responses = [e for e in self.problem.iter() if local_name(e).endswith("response")]
        responses = [
            e for e in responses if not any(local_name(a).endswith("response") for a in e.iterancestors())
        ]
        if not responses:
            markdown = self.problem.get("markdown") or ""
            if markdown and markdown != "null":
                return self._from_markdown(markdown)
            self.found.text = self._markdown("".join(content for _, content in self._pieces(self.problem)))
            return self.found
        scripts = [e for e in self.problem.iter() if local_name(e) == "script"]
        for script in scripts:
            kind = script.get("type") or "script"
            language = "JavaScript" if "javascript" in kind else "Python"
            self.found.left_out.append(("script", f"{language} in problems is never run"))
        for hint in self.problem.iter("compoundhint", "choicehint"):
            if local_name(hint) == "compoundhint":
                reason = "remarks on several choices together don't exist here"
            elif (hint.get("selected") or "true").lower() == "false" and self._inner(hint):
                reason = "remarks on choices that were left unticked don't exist here"
            else:
                continue
            self.found.left_out.append((local_name(hint), reason))
        defined = self._script_names(scripts)
        stem: list[str] = []
        for kind, content in self._pieces(self.problem):
            if kind == "html":
                stem.append(content)
                continue
            read = self._gaps if kind == "table" else self._response
            try:
                questions = read(content, "".join(stem), defined)
            except NotAQuestion as error:
                self.found.left_out.append((local_name(content), str(error)))
                # The last piece asked what is left out; what stands before it leads into the next too.
                stem = stem[:-1]
            else:
                self.found.questions += questions
                stem = []
        self._after(stem)
        if len(self.found.questions) > 1:
            for number, question in enumerate(self.found.questions, start=1):
                question["name"] = f"{self.name} ({number})"
        return self.found

    def _script_names(self, scripts: list) -> set[str]:
        """Names that scripts use: text that shows one of them as `$name` needs the script."""
        return {name for script in scripts for name in re.findall(r"[A-Za-z_]\w*", script.text or "")}

    def _pieces(self, element):
        """("html", text), ("response", element) and ("table", element) in document order; other parts are
        left out."""
        if element.text and element.text.strip():
            yield "html", escaped(element.text)
        for node in element:
            tag = local_name(node)
            if tag.endswith("response"):
                yield "response", node
            elif tag in PARTS or not tag:
                pass
            elif tag == "table" and self._is_form(node):
                yield "table", node
            elif any(local_name(e).endswith("response") for e in node.iter()):
                yield from self._pieces(node)
            else:
                yield "html", serialise(node)
            if node.tail and node.tail.strip():
                yield "html", escaped(node.tail)

    def _is_form(self, table) -> bool:
        """Whether the cells of a table hold several answers, which only together make sense."""
        responses = [e for e in table.iter() if local_name(e).endswith("response")]
        return (
            len(responses) > 1
            and all(local_name(e) in IN_TABLES for e in responses)
            and not any(self._lead(e) for e in responses)
        )

    def _after(self, stem: list[str]) -> None:
        """Text after the last question belongs to it."""
        text = self._markdown("".join(stem))
        if text and self.found.questions:
            last = self.found.questions[-1]
            last["text"] = f"{last['text']}\n\n{text}".strip()

    def _markdown(self, html: str) -> str:
        return html_markdown.to_markdown(html, link=self.link, image=self.image, heading_floor=4)

    def _inner(self, element, without: set[str] = frozenset()) -> str:
        """Markdown of what is inside an element, without some of its children."""
        pieces = [escaped(element.text)]
        for node in element:
            if local_name(node) not in without and local_name(node):
                pieces.append(serialise(node))
            pieces.append(escaped(node.tail))
        return self._markdown("".join(pieces))

    # ------------------------------------------------------------------------------------ responses

    def _response(self, response, stem: str, defined: set[str]) -> list[dict]:
        tag = local_name(response)
        if tag not in SUPPORTED:
            raise NotAQuestion(UNSUPPORTED.get(tag, "this kind of answer is not a question type here"))
        if any(
            local_name(e) == "answer" and (e.get("type") or "").startswith("loncapa") for e in response.iter()
        ):
            raise NotAQuestion("it is graded by a Python script, which is never run")
        self._refuse_variables(response, stem, defined)
        text = "\n\n".join(part for part in [self._markdown(stem), self._lead(response, stem)] if part)
        reader = {
            "multiplechoiceresponse": self.responses.choice,
            "truefalseresponse": self.responses.choice,
            "choiceresponse": self.responses.choice,
            "optionresponse": self.responses.options,
            "numericalresponse": self.responses.numeric,
            "stringresponse": self.responses.string,
            "annotationresponse": self.responses.annotation,
        }[tag]
        questions = reader(response)
        for question in questions:
            own = question.pop("text", "")
            question["text"] = "\n\n".join(part for part in [text, own] if part) or self.name
        return self._furnished(questions, self._explanation(response))

    def _gaps(self, table, stem: str, defined: set[str]) -> list[dict]:
        """One question of a table with answers in its cells."""
        self._refuse_variables(table, stem, defined)
        solutions = dict.fromkeys(self._explanation(response) for response in table.iter(*IN_TABLES))
        explanation = "\n\n".join(filter(None, solutions))
        readers = {
            "optionresponse": self.responses.options,
            "numericalresponse": self.responses.numeric,
            "stringresponse": self.responses.string,
        }
        gaps: list[dict] = []
        page = deepcopy(table)
        for response in list(page.iter(*IN_TABLES)):
            signs = ""
            for question in readers[local_name(response)](response):
                for choice in question.get("choices", ()):
                    # A menu inside a text shows words, not Markdown.
                    choice["text"] = re.sub(r"\\(\W)", r"\1", choice["text"])
                gaps.append({"type": question.pop("type"), "data": question, "weight": 1.0})
                signs += f" {GAP}{len(gaps)}{GAP} "
            tail = response.tail
            response.clear()
            response.tag, response.text, response.tail = "span", signs, tail
        text = self._markdown(stem + serialise(page))
        text = re.sub(f"{GAP}(\\d+){GAP}", r"[[\1]]", text)
        return self._furnished([{"type": "gap_fill", "text": text, "gaps": gaps}], explanation)

    def _furnished(self, questions: list[dict], explanation: str) -> list[dict]:
        """Questions with what the problem says of all of them."""
        hints = [
            self._inner(hint) for demand in self.problem.iter("demandhint") for hint in demand.iter("hint")
        ]
        for question in questions:
            question["name"] = self.name
            if explanation:
                question["explanation"] = explanation
            if any(hints):
                question["hints"] = [hint for hint in hints if hint]
        return questions

    def _refuse_variables(self, response, stem: str, defined: set[str]) -> None:
        text = stem + serialise(response)
        for match in VARIABLE.finditer(text):
            if match.group(0).strip("${") in defined:
                raise NotAQuestion("its numbers come from a Python script, which is never run")

    def _lead(self, response, stem: str = "") -> str:
        """Label, description and text inside the response but outside its input. A label of the input is
        for screen readers and mostly repeats the stem."""
        told = html_markdown.plain_text(stem + serialise(response))
        pieces = [escaped(response.text)]
        for node in response:
            tag = local_name(node)
            if tag == "label":
                pieces.append(f"<p>{inner_html(node)}</p>")
            elif tag == "description":
                pieces.append(f"<p><em>{inner_html(node)}</em></p>")
            elif tag and tag not in INPUTS and not any(local_name(e) in INPUTS for e in node.iter()):
                pieces.append(serialise(node))
            elif tag not in INPUTS:
                # A wrapper around the input: its own text counts.
                for inner in node.iter("label", "p"):
                    if not any(local_name(e) in INPUTS for e in inner.iter()):
                        pieces.append(serialise(inner))
            pieces.append(escaped(node.tail))
        for line in response.iter(
            "textline", "formulaequationinput", "optioninput", "choicegroup", "checkboxgroup"
        ):
            label = " ".join((line.get("label") or "").split())
            if label and label not in told and not any(local_name(node) == "label" for node in response):
                pieces.append(f"<p>{escaped(label)}</p>")
        return self._markdown("".join(pieces))

    def _explanation(self, response) -> str:
        own = list(response.iter("solution"))
        responses = sum(local_name(e).endswith("response") for e in self.problem.iter())
        following = response.getnext()
        if not own and following is not None and local_name(following) == "solution":
            own = [following]
        if not own and responses == 1:
            own = list(self.problem.iter("solution"))
        if (not own and response.getnext() is None) or (not own and self._is_last(response)):
            own = [e for e in self.problem if local_name(e) == "solution"]
        text = "\n\n".join(filter(None, (self._inner(solution) for solution in own)))
        return re.sub(r"^(\*\*)?Explanation:?(\*\*)?\s*\n\n", "", text)

    def _is_last(self, response) -> bool:
        responses = [e for e in self.problem.iter() if local_name(e).endswith("response")]
        return bool(responses) and responses[-1] is response

    def _from_markdown(self, markdown: str) -> ProblemQuestions:
        """Problems kept only in the form of the simple editor."""
        try:
            self.found.questions = read_simple_editor(markdown, self.name, self._markdown)
        except NotAQuestion as error:
            self.found.left_out.append(("problem", str(error)))
        return self.found
