"""Open edX problems as questions. Python in a problem is never run: what depends on it is named as skipped.

One problem may ask several questions; each response element becomes one, with the text before it. Questions
are dictionaries as `quizzes.authoring` takes them.
"""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from exchange import html_markdown
from exchange.html_markdown import Resolve
from exchange.safe_xml import local_name
from quizzes.expressions import ExpressionError, evaluate

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
PARTS = {"solution", "solutionset", "demandhint", "script", "responseparam"}
INPUTS = {
    "choicegroup", "checkboxgroup", "radiogroup", "optioninput", "textline", "formulaequationinput",
    "numericalinput", "responseparam", "additional_answer", "correcthint", "stringequalhint", "regexphint",
    "hintgroup", "compoundhint", "solution", "demandhint", "answer", "partial_answer", "annotationinput",
}  # fmt: skip
GAP = "\ue012"  # A private-use character around the number of a gap.
VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*")
SUFFIXES = {"%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9,
            "p": 1e-12}  # fmt: skip


class NotAQuestion(Exception):
    """Why a response can't become a question, as a clause that fits after "because"."""


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
            yield "html", _escaped(element.text)
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
                yield "html", _serialise(node)
            if node.tail and node.tail.strip():
                yield "html", _escaped(node.tail)

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
        pieces = [_escaped(element.text)]
        for node in element:
            if local_name(node) not in without and local_name(node):
                pieces.append(_serialise(node))
            pieces.append(_escaped(node.tail))
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
            "multiplechoiceresponse": self._choice,
            "truefalseresponse": self._choice,
            "choiceresponse": self._choice,
            "optionresponse": self._options,
            "numericalresponse": self._numeric,
            "stringresponse": self._string,
            "annotationresponse": self._annotation,
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
            "optionresponse": self._options,
            "numericalresponse": self._numeric,
            "stringresponse": self._string,
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
        text = self._markdown(stem + _serialise(page))
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
        text = stem + _serialise(response)
        for match in VARIABLE.finditer(text):
            if match.group(0).strip("${") in defined:
                raise NotAQuestion("its numbers come from a Python script, which is never run")

    def _lead(self, response, stem: str = "") -> str:
        """Label, description and text inside the response but outside its input. A label of the input is
        for screen readers and mostly repeats the stem."""
        told = html_markdown.plain_text(stem + _serialise(response))
        pieces = [_escaped(response.text)]
        for node in response:
            tag = local_name(node)
            if tag == "label":
                pieces.append(f"<p>{_inner_html(node)}</p>")
            elif tag == "description":
                pieces.append(f"<p><em>{_inner_html(node)}</em></p>")
            elif tag and tag not in INPUTS and not any(local_name(e) in INPUTS for e in node.iter()):
                pieces.append(_serialise(node))
            elif tag not in INPUTS:
                # A wrapper around the input: its own text counts.
                for inner in node.iter("label", "p"):
                    if not any(local_name(e) in INPUTS for e in inner.iter()):
                        pieces.append(_serialise(inner))
            pieces.append(_escaped(node.tail))
        for line in response.iter(
            "textline", "formulaequationinput", "optioninput", "choicegroup", "checkboxgroup"
        ):
            label = " ".join((line.get("label") or "").split())
            if label and label not in told and not any(local_name(node) == "label" for node in response):
                pieces.append(f"<p>{_escaped(label)}</p>")
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

    # ---------------------------------------------------------------------------------- choices

    def _choice(self, response) -> list[dict]:
        group = next((e for e in response.iter("choicegroup", "checkboxgroup", "radiogroup")), response)
        several = local_name(response) == "choiceresponse" or local_name(group) == "checkboxgroup"
        if local_name(response) == "truefalseresponse":
            right = [c for c in group.iter("choice") if (c.get("correct") or "").strip().lower() == "true"]
            several = len(right) > 1
        choices = []
        for choice in group.iter("choice"):
            truth = (choice.get("correct") or "false").strip().lower()
            entry = {"text": self._inner(choice, {"choicehint"}) or "…", "correct": truth == "true"}
            if truth == "partial" and not several:
                entry["fraction"] = _fraction(choice.get("point_value"), 0.5)
            feedback = [
                self._inner(hint)
                for hint in choice.iter("choicehint")
                if (hint.get("selected") or "true").lower() != "false"
            ]
            if any(feedback):
                entry["feedback"] = "\n\n".join(filter(None, feedback))
            choices.append(entry)
        if len(choices) < 2:
            raise NotAQuestion("it has fewer than two choices")
        if not several and not any(choice["correct"] for choice in choices):
            raise NotAQuestion("no choice is marked as right")
        if not several and any("fraction" in choice for choice in choices):
            for choice in choices:
                choice.setdefault("fraction", 1.0 if choice["correct"] else 0.0)
        shuffled = (group.get("shuffle") or "").lower() == "true" or bool(response.get("answer-pool"))
        question = {
            "type": "multiple_choice" if several else "single_choice",
            "choices": choices,
            "shuffle": shuffled,
        }
        if several:
            question["marking"] = "partial" if response.get("partial_credit") else "all_or_nothing"
        return [question]

    def _options(self, response) -> list[dict]:
        questions = []
        for menu in response.iter("optioninput"):
            choices = [
                {
                    "text": self._inner(option, {"optionhint"}) or "…",
                    "correct": (option.get("correct") or "").lower() == "true",
                    "feedback": "\n\n".join(self._inner(hint) for hint in option.iter("optionhint")),
                }
                for option in menu.iter("option")
            ]
            partly = {
                place: _fraction(option.get("point_value"), 0.5)
                for place, option in enumerate(menu.iter("option"))
                if (option.get("correct") or "").lower() == "partial"
            }
            if partly:
                for place, choice in enumerate(choices):
                    choice["fraction"] = partly.get(place, 1.0 if choice["correct"] else 0.0)
            if not choices:
                right = (menu.get("correct") or "").strip()
                choices = [
                    {"text": html_markdown.escape(text), "correct": text == right, "feedback": ""}
                    for text in _option_list(menu.get("options") or "")
                ]
            for choice in choices:
                if not choice["feedback"]:
                    del choice["feedback"]
            if len(choices) < 2 or not any(choice["correct"] for choice in choices):
                raise NotAQuestion("its menu has fewer than two options or no right one")
            questions.append({"type": "single_choice", "choices": choices, "shuffle": False})
        if not questions:
            raise NotAQuestion("it has no menu")
        return questions

    def _annotation(self, response) -> list[dict]:
        """A remark on a text with tags to choose from; the remark itself is graded by nobody."""
        options = list(response.iter("option"))
        said = [" ".join((option.get("choice") or "").lower().split("-")) for option in options]
        choices = [
            {"text": self._inner(option) or "…", "correct": truth == "correct"}
            for option, truth in zip(options, said, strict=True)
        ]
        if len(choices) < 2 or not any(choice["correct"] for choice in choices):
            raise NotAQuestion("it has fewer than two tags or no right one")
        if "partially correct" in said:
            worths = {"correct": 1.0, "partially correct": 0.5}
            for choice, truth in zip(choices, said, strict=True):
                choice["fraction"] = worths.get(truth, 0.0)
        told = [next(response.iter(tag), None) for tag in ("title", "text", "comment", "tag_prompt")]
        texts = [self._inner(element) for element in told if element is not None]
        question = {"type": "single_choice", "choices": choices, "shuffle": False}
        return [{**question, "text": "\n\n".join(filter(None, texts))}]

    # -------------------------------------------------------------------------- numbers, strings

    def _numeric(self, response) -> list[dict]:
        answers = [response.get("answer") or ""]
        answers += [e.get("answer") or "" for e in response.iter("additional_answer")]
        param = next((e for e in response.iter("responseparam") if e.get("type") == "tolerance"), None)
        tolerance = (param.get("default") or "0").strip() if param is not None else "0"
        keys = [numeric_key(answer, tolerance) for answer in answers if answer.strip()]
        if not keys:
            raise NotAQuestion("it has no right answer")
        question = {"type": "numeric", **keys[0]}
        feedback = [self._inner(hint) for hint in response.iter("correcthint")]
        if any(feedback):
            question["feedback"] = "\n\n".join(filter(None, feedback))
        alternatives = [{**key, "fraction": 1.0} for key in keys[1:]]
        alternatives += [{**key, "fraction": 0.5} for key in _partial_keys(response, keys[0], tolerance)]
        if alternatives:
            question["alternatives"] = alternatives
        unit = next(
            (
                e.get("trailing_text")
                for e in response.iter("formulaequationinput", "textline")
                if e.get("trailing_text")
            ),
            "",
        )
        if unit and len(unit) <= 30:
            question["unit"] = unit.strip()
        return [question]

    def _string(self, response) -> list[dict]:
        flags = (response.get("type") or "").lower().split()
        answers = [response.get("answer") or ""]
        if "_or_" in answers[0]:
            answers = answers[0].split("_or_")
        answers += [e.get("answer") or e.text or "" for e in response.iter("additional_answer")]
        patterns: list[str] = []
        for answer in filter(None, (answer.strip() for answer in answers)):
            if "regexp" in flags:
                patterns += _plain_alternatives(answer)
            else:
                patterns.append(answer.replace("*", "\\*"))
        if not patterns:
            raise NotAQuestion("it has no right answer")
        accepted: list[str | dict] = list(patterns)
        feedback = "\n\n".join(filter(None, (self._inner(hint) for hint in response.iter("correcthint"))))
        if feedback:
            accepted = [{"text": pattern, "fraction": 1.0, "feedback": feedback} for pattern in patterns]
        for hint in response.iter("stringequalhint"):
            wrong = (hint.get("answer") or "").strip()
            if wrong:
                accepted.append(
                    {"text": wrong.replace("*", "\\*"), "fraction": 0.0, "feedback": self._inner(hint)}
                )
        return [{
            "type": "short_text",
            "answers": accepted,
            "case_sensitive": "ci" not in flags,
            "accent_sensitive": True,
        }]  # fmt: skip

    # -------------------------------------------------------------------------- simple editor

    def _from_markdown(self, markdown: str) -> ProblemQuestions:
        """Problems kept only in the form of the simple editor."""
        try:
            self.found.questions = read_simple_editor(markdown, self.name, self._markdown)
        except NotAQuestion as error:
            self.found.left_out.append(("problem", str(error)))
        return self.found


def _partial_keys(response, key: dict, tolerance: str) -> Iterator[dict]:
    """Answers that get half of the mark: those of a list, and those close to the right one."""
    schemes = [scheme.strip() for scheme in (response.get("partial_credit") or "").lower().split(",")]
    params = list(response.iter("responseparam"))
    if "list" in schemes:
        listed = next((p.get("partial_answers") for p in params if p.get("partial_answers")), "")
        for answer in filter(None, (part.strip() for part in listed.split(","))):
            yield numeric_key(answer, tolerance)
    if "close" in schemes and key["tolerance"]:
        wider = next((p.get("partial_range") for p in params if p.get("partial_range")), "2")
        yield {**key, "tolerance": key["tolerance"] * abs(_constant(wider))}


def numeric_key(answer: str, tolerance: str) -> dict:
    """`answer`, `tolerance` and `tolerance_type` of a right answer such as `3.14`, `[1, 2)`, `2*pi` or `5k`.

    Raises NotAQuestion where it is not a constant.
    """
    answer = answer.strip()
    interval = re.fullmatch(r"[\[(]\s*([^,]+),\s*([^,\])]+)\s*[\])]", answer)
    if interval:
        low, high = (_constant(side) for side in interval.groups())
        return {
            "answer": _rounded((low + high) / 2),
            "tolerance": _rounded(abs(high - low) / 2),
            "tolerance_type": "absolute",
        }
    key = {"answer": _constant(answer), "tolerance": 0.0, "tolerance_type": "absolute"}
    if tolerance.endswith("%"):
        key["tolerance"] = abs(_constant(tolerance[:-1])) / 100
        key["tolerance_type"] = "relative"
    elif tolerance:
        key["tolerance"] = abs(_constant(tolerance))
    return key


def _rounded(number: float) -> float:
    """Without the last binary digits that halving leaves behind: 3.1415 and not 3.1414999999999997."""
    return float(f"{number:.12g}")


def _constant(text: str) -> float:
    text = text.strip().replace("^", "**").replace("−", "-")
    if re.search(r"\d[jJ]$|\$", text):
        raise NotAQuestion("its answer is not a plain number")
    try:
        return float(text)
    except ValueError:
        pass
    suffix = re.fullmatch(r"(.*[\d.)])\s*([%kMGTcmunp])", text)
    factor = 1.0
    if suffix:
        text, factor = suffix.group(1), SUFFIXES[suffix.group(2)]
    try:
        return evaluate(text, {}) * factor
    except ExpressionError as error:
        raise NotAQuestion(f"its answer “{text}” is not a plain number") from error


def _fraction(text: str | None, default: float) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except (TypeError, ValueError):
        return default


def _option_list(text: str) -> list[str]:
    """Options of an old menu: ('a','b',"c")."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        # An apostrophe inside an option, or no quotes at all.
        body = text.strip("()[] ").strip("'\"")
        value = re.split(r"['\"]\s*,\s*['\"]", body) if re.search(r"['\"]\s*,", text) else body.split(",")
    if isinstance(value, str):
        value = [value]
    return (
        [str(option).strip() for option in value if str(option).strip()]
        if isinstance(value, (list, tuple))
        else []
    )


def _plain_alternatives(pattern: str) -> list[str]:
    """A regular expression that only lists words, or only adds `.*`, as wildcard patterns."""
    body = pattern.strip().removeprefix("^").removesuffix("$")
    body = re.sub(r"^\((?:\?:)?(.*)\)$", r"\1", body)
    alternatives = []
    for part in body.split("|"):
        text = part.replace(r"\s*", " ").replace(r"\s+", " ").replace(r"\s", " ")
        text = re.sub(r"\.*(?<!\\)\.[*+]\.*", "\0", text)
        text = re.sub(r"\\([.\-+*?()\[\]'\"/ ])", lambda m: chr(0xE000 + ord(m.group(1))), text)
        if re.search(r"[\\\[\](){}?+*.^$]", text):
            raise NotAQuestion(
                f"its answer is the regular expression “{pattern}”, which is no list of accepted answers"
            )
        text = "".join(chr(ord(c) - 0xE000) if "\ue000" <= c <= "\ue07f" else c for c in text)
        alternatives.append(text.replace("*", "\\*").replace("\0", "*").strip())
    return [alternative for alternative in alternatives if alternative]


# ------------------------------------------------------------------------------------ simple editor


_LABEL = re.compile(r">>(.{0,5000}?)(?:\|\|(.{0,2000}?))?<<", re.DOTALL)
_FEEDBACK = re.compile(r"\{\{(.{0,5000}?)\}\}", re.DOTALL)


def read_simple_editor(markdown: str, name: str, to_markdown) -> list[dict]:
    """Questions of the simple problem editor's own notation: `( )`, `[ ]`, `[[ ]]`, `=`, `s=`, `||hint||`."""
    text = markdown.replace("\r\n", "\n")
    explanation = ""
    match = re.search(r"\[explanation\](.*?)\[/?explanation\]", text, re.DOTALL | re.IGNORECASE)
    if match:
        explanation = match.group(1).strip()
        text = text[: match.start()] + text[match.end() :]
    hints = [hint.strip() for hint in re.findall(r"(?m)^\|\|(.+?)\|\|\s*$", text)]
    text = re.sub(r"(?m)^\|\|.+?\|\|\s*$", "", text)
    text = _LABEL.sub(
        lambda m: "\n" + m.group(1) + (f"\n\n*{m.group(2).strip()}*" if m.group(2) else "") + "\n", text
    )
    questions: list[dict] = []
    for chunk in re.split(r"(?m)^\s*---+\s*$", text):
        questions += _simple_chunk(chunk, to_markdown)
    for number, question in enumerate(questions, start=1):
        question["name"] = f"{name} ({number})" if len(questions) > 1 else name
        question["text"] = question["text"] or name
        if explanation and number == len(questions):
            question["explanation"] = to_markdown(explanation)
        if hints:
            question["hints"] = [to_markdown(hint) for hint in hints]
    if not questions:
        raise NotAQuestion("no question was found in it")
    return questions


def _simple_chunk(chunk: str, to_markdown) -> list[dict]:
    questions: list[dict] = []
    stem: list[str] = []
    lines = chunk.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        group = []
        if re.match(r"\(\s*[xX@]?\s*\)", line):
            while at < len(lines) and re.match(r"\(\s*[xX@]?\s*\)", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_choices(group, stem, to_markdown, several=False))
        elif re.match(r"\[\s*[xX]?\s*\]", line):
            while at < len(lines) and re.match(r"\[\s*[xX]?\s*\]", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_choices(group, stem, to_markdown, several=True))
        elif line.startswith("[["):
            group.append(line)
            at += 1
            while at < len(lines) and "]]" not in group[-1]:
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_menu(" \n".join(group), stem, to_markdown))
        elif re.match(r"s?=\s*\S", line):
            group.append(line)
            at += 1
            while at < len(lines) and re.match(r"(or|not)=", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_field(group, stem, to_markdown))
        else:
            stem.append(lines[at])
            at += 1
            continue
        stem = []
    return questions


def _take_feedback(line: str, to_markdown) -> tuple[str, str]:
    told = (part.strip() for part in _FEEDBACK.findall(line))
    # What is told to those who did not choose it has no place here.
    feedback = " ".join(part for part in told if not re.match(r"u(nselected)?:", part))
    feedback = re.sub(r"^s(elected)?:\s*", "", feedback)
    feedback = re.sub(r"[\s,;]*\bu(nselected)?:.*$", "", feedback, flags=re.DOTALL)
    return _FEEDBACK.sub("", line).strip(), to_markdown(feedback) if feedback else ""


def _stem(stem: list[str], to_markdown) -> str:
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", "\n".join(stem)) if p.strip()]
    return "\n\n".join(filter(None, (to_markdown(p) for p in paragraphs)))


def _simple_choices(group: list[str], stem: list[str], to_markdown, *, several: bool) -> dict:
    choices = []
    for line in group:
        body, feedback = _take_feedback(line, to_markdown)
        sign, text = re.match(r"[(\[]\s*([xX@]*)\s*[)\]]\s*(.*)", body).groups()
        entry = {"text": to_markdown(text) or "…", "correct": "x" in sign.lower()}
        if feedback:
            entry["feedback"] = feedback
        choices.append(entry)
    if len(choices) < 2 or not (several or any(choice["correct"] for choice in choices)):
        raise NotAQuestion("it has fewer than two choices or no right one")
    question = {
        "type": "multiple_choice" if several else "single_choice",
        "choices": choices,
        "shuffle": False,
    }
    if several:
        question["marking"] = "all_or_nothing"
    return {"text": _stem(stem, to_markdown), **question}


def _simple_menu(text: str, stem: list[str], to_markdown) -> dict:
    body = text.strip().removeprefix("[[").rpartition("]]")[0]
    options = [part for part in (body.split("\n") if "\n" in body else body.split(",")) if part.strip()]
    choices = []
    for option in options:
        label, feedback = _take_feedback(option, to_markdown)
        right = label.startswith("(") and label.endswith(")")
        entry = {"text": to_markdown(label[1:-1] if right else label) or "…", "correct": right}
        if feedback:
            entry["feedback"] = feedback
        choices.append(entry)
    if len(choices) < 2 or not any(choice["correct"] for choice in choices):
        raise NotAQuestion("its menu has fewer than two options or no right one")
    return {"text": _stem(stem, to_markdown), "type": "single_choice", "choices": choices, "shuffle": False}


def _simple_field(group: list[str], stem: list[str], to_markdown) -> dict:
    answers, feedbacks = [], []
    for line in group:
        body, feedback = _take_feedback(line, to_markdown)
        if not body.startswith("not="):
            answers.append(re.sub(r"^(s|or)?=\s*", "", body))
            feedbacks.append(feedback)
    text = _stem(stem, to_markdown)
    if not group[0].startswith("s="):
        try:
            keys = []
            for answer in answers:
                value, sign, tolerance = re.match(r"([^+]*?)\s*(\+-|\+/-)?\s*([^+]*)$", answer).groups()
                keys.append(numeric_key(value or tolerance, tolerance if sign else "0"))
        except (NotAQuestion, AttributeError):
            keys = []
        if keys:
            question = {"text": text, "type": "numeric", **keys[0]}
            if feedbacks[0]:
                question["feedback"] = feedbacks[0]
            if keys[1:]:
                question["alternatives"] = [{**key, "fraction": 1.0} for key in keys[1:]]
            return question
    accepted = [
        {"text": a.replace("*", "\\*"), "fraction": 1.0, "feedback": f} if f else a.replace("*", "\\*")
        for a, f in zip(answers, feedbacks, strict=True)
    ]
    return {
        "text": text,
        "type": "short_text",
        "answers": accepted,
        "case_sensitive": False,
        "accent_sensitive": True,
    }


# --------------------------------------------------------------------------------------------- XML


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _serialise(element) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _inner_html(element) -> str:
    return _escaped(element.text) + "".join(
        _serialise(node) + _escaped(node.tail) for node in element if isinstance(node.tag, str)
    )
