"""Response elements as questions: choices, menus, numbers, words, tags."""

from collections.abc import Callable

from exchange import html_markdown
from exchange.readers.olx.problems.answers import (
    NotAQuestion,
    numeric_key,
    option_list,
    partial_keys,
    plain_alternatives,
    share,
)
from exchange.safe_xml import local_name


class ResponseReader:
    """`inner` gives the Markdown of what is inside an element, without some of its children; `targeted` are
    remarks that choices name by their `explanation-id`."""

    def __init__(self, inner: Callable[..., str], targeted: dict) -> None:
        self._inner = inner
        self._targeted = targeted

    def choice(self, response) -> list[dict]:
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
                entry["fraction"] = share(choice.get("point_value"), 0.5)
            feedback = [
                self._inner(hint)
                for hint in choice.iter("choicehint")
                if (hint.get("selected") or "true").lower() != "false"
            ]
            remark = self._targeted.get(choice.get("explanation-id") or "-")
            if remark is not None and response.get("targeted-feedback") is not None:
                feedback.append(self._inner(remark))
            if any(feedback):
                entry["feedback"] = "\n\n".join(filter(None, feedback))
            choices.append(entry)
        if len(choices) < 2:
            raise NotAQuestion("it has fewer than two choices")
        if not any(choice["correct"] for choice in choices):
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

    def options(self, response) -> list[dict]:
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
                place: share(option.get("point_value"), 0.5)
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
                    for text in option_list(menu.get("options") or "")
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

    def annotation(self, response) -> list[dict]:
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

    def numeric(self, response) -> list[dict]:
        answers = [response.get("answer") or ""]
        answers += [e.get("answer") or "" for e in response.iter("additional_answer")]
        param = next((e for e in response.iter("responseparam") if e.get("type") == "tolerance"), None)
        tolerance = (param.get("default") or "0").strip() if param is not None else "0"
        remarks = [self._own_remark(e) for e in (response, *response.iter("additional_answer"))]
        keys = [
            numeric_key(answer, tolerance) | ({"feedback": remark} if remark else {})
            for answer, remark in zip(answers, remarks, strict=True)
            if answer.strip()
        ]
        if not keys:
            raise NotAQuestion("it has no right answer")
        question = {"type": "numeric", **keys[0]}
        alternatives = [{**key, "fraction": 1.0} for key in keys[1:]]
        best = {name: value for name, value in keys[0].items() if name != "feedback"}
        alternatives += [{**key, "fraction": 0.5} for key in partial_keys(response, best, tolerance)]
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

    def _own_remark(self, element) -> str:
        """What is said of an answer that is right: the remarks of the element itself."""
        hints = (hint for hint in element if local_name(hint) == "correcthint")
        return "\n\n".join(filter(None, map(self._inner, hints)))

    def string(self, response) -> list[dict]:
        flags = (response.get("type") or "").lower().split()
        main = self._own_remark(response)
        answers = [(answer, main) for answer in (response.get("answer") or "").split("_or_")]
        answers += [
            (e.get("answer") or e.text or "", self._own_remark(e)) for e in response.iter("additional_answer")
        ]
        accepted: list[str | dict] = []
        for answer, remark in answers:
            if not answer.strip():
                continue
            plain = answer.strip()
            patterns = plain_alternatives(plain) if "regexp" in flags else [plain.replace("*", "\\*")]
            accepted += [
                {"text": pattern, "fraction": 1.0, "feedback": remark} if remark else pattern
                for pattern in patterns
            ]
        if not accepted:
            raise NotAQuestion("it has no right answer")
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
