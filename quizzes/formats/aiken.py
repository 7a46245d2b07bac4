"""Aiken: a question, choices as `A)` or `A.`, and a line `ANSWER: A`."""

import re

from quizzes.formats.markup import escape
from quizzes.formats.result import FAILED, ImportedQuestion, Problem, Reading
from quizzes.formats.text import lines_of, name_from

NAME = "aiken"
_CHOICE = re.compile(r"\s*([A-Z])[).]\s*(\S.*)")
_ANSWER = re.compile(r"\s*(?:ANSWERS?|CORRECT)\s*:\s*(.*)", re.IGNORECASE)
_NOTE = re.compile(r"\s*(?:FEEDBACK|EXPLANATION)\s*:\s*(.*)", re.IGNORECASE)


def recognises(text: str) -> bool:
    return (
        re.search(r"^\s*[A-Z][).]\s*\S", text, re.MULTILINE) is not None
        and re.search(r"^\s*ANSWERS?\s*:", text, re.MULTILINE | re.IGNORECASE) is not None
    )


def read(content: bytes, path: str = "") -> Reading:
    reading = Reading(NAME)
    state = _State(reading, path)
    for number, line in enumerate(lines_of(content), start=1):
        state.line(number, line)
    state.end()
    return reading


class _State:
    """The question being read, line by line."""

    def __init__(self, reading, path):
        self.reading, self.path = reading, path
        self.last = None
        self._clear()

    def _clear(self):
        self.text, self.choices, self.start, self.blank = [], [], None, False

    def line(self, number, line):
        if not line.strip():
            self.blank = True
            return
        if note := _NOTE.fullmatch(line):
            if self.last is not None and not self.text:
                self.last.explanation = escape(note[1].strip())
            return
        if answer := _ANSWER.fullmatch(line):
            self._finish(answer[1], number)
            return
        choice = _CHOICE.fullmatch(line)
        # The letters count from A: a line such as "I. Introduction" in a question's text is no choice.
        expected = chr(ord("A") + len(self.choices))
        if choice and (choice[1] == expected or self.choices):
            self.start = self.start or number
            self.choices.append((choice[1], choice[2].strip()))
        elif self.choices and (self.blank or self.start is None):
            self._problem("The question has no line “ANSWER:”.")
            self._clear()
            self.start, self.text = number, [line.strip()]
        elif self.choices:
            letter, text = self.choices[-1]
            self.choices[-1] = letter, f"{text} {line.strip()}"
        else:
            self.start = self.start or number
            self.text.append(line.strip())
        self.blank = False

    def end(self):
        if self.choices or self.text:
            self._problem("The question has no line “ANSWER:”.")

    def _problem(self, reason):
        name = name_from(" ".join(self.text))
        self.reading.items.append(Problem(FAILED, reason, name, "multichoice", self.path, self.start))
        self.last = None

    def _finish(self, answer, number):
        letters = re.findall(r"\b[A-Za-z]\b", answer.upper())
        known = [letter for letter, _text in self.choices]
        self.start = self.start or number
        if not self.text:
            self._problem("The question has no text.")
        elif len(self.choices) < 2:
            self._problem("The question has fewer than two choices.")
        elif not letters or any(letter not in known for letter in letters):
            self._problem(f"The answer “{answer.strip()[:40]}” is none of the choices.")
        else:
            choices = [{"text": escape(text), "correct": letter in letters} for letter, text in self.choices]
            kind = "single_choice" if len(letters) == 1 else "multiple_choice"
            text = escape("\n".join(self.text)).replace("\n", "\\\n")
            self.last = ImportedQuestion(
                type=kind,
                name=name_from(" ".join(self.text)),
                text=text,
                data={"choices": choices},
                kind="multichoice",
                path=self.path,
                line=self.start,
            )
            self.reading.items.append(self.last)
        self._clear()
