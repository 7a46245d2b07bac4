"""Matching: each prompt gets one answer from a common list.

data: {"pairs": [{"prompt": md, "answer": text}], "distractors": [text], "shuffle": bool}
response: {prompt's number as text: answer text's number in `options(data)`}
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import AnswerClass, Grade, QuestionType, first, is_text, position, register, shuffled


def options(data: dict) -> list[str]:
    """The distinct answers, in the author's order. Equal answers are one option, so both prompts accept
    it.
    """
    answers = [pair["answer"] for pair in data["pairs"]] + list(data.get("distractors", ()))
    return list(dict.fromkeys(answers))


@register
class Matching(QuestionType):
    name = "matching"
    label = gettext_lazy("Matching")
    widget = "matching"

    def validate(self, data):
        pairs = data.get("pairs")
        if not isinstance(pairs, list) or len(pairs) < 2:
            return [_("Give at least two pairs.")]
        problems = [
            _("Pair %(number)d needs a prompt and an answer.") % {"number": number}
            for number, pair in enumerate(pairs, start=1)
            if not isinstance(pair, dict)
            or not is_text(pair.get("prompt"))
            or not is_text(pair.get("answer"))
        ]
        distractors = data.get("distractors", [])
        if not isinstance(distractors, list) or not all(is_text(text) for text in distractors):
            problems.append(_("Each extra answer must be text."))
        if not problems and len(options(data)) < 2:
            problems.append(_("Give at least two different answers."))
        return problems

    def draw(self, data, rng, *, shuffle=True):
        # The answers are always shuffled: in the author's order each stands beside its prompt.
        prompts = shuffled(len(data["pairs"]), rng, shuffle and data.get("shuffle", True))
        return {"prompts": prompts, "order": shuffled(len(options(data)), rng, True)}

    def present(self, data, variant, response, html, text):
        answers = options(data)
        response = response or {}
        return {
            "rows": [
                {
                    "field": f"row{place}",
                    "html": html(data["pairs"][number]["prompt"]),
                    "options": [
                        {
                            "value": shown,
                            "text": answers[option],
                            "checked": response.get(str(number)) == option,
                        }
                        for shown, option in enumerate(variant["order"])
                    ],
                }
                for place, number in enumerate(variant["prompts"])
            ]
        }

    def read(self, data, variant, fields):
        response = {}
        for place, number in enumerate(variant["prompts"]):
            option = position(first(fields, f"row{place}"), variant["order"])
            if option is not None:
                response[str(number)] = option
        return response or None

    def grade(self, data, response, variant):
        answers = options(data)
        response = response if isinstance(response, dict) else {}
        parts = tuple(
            float(str(number) in response and _chosen(answers, response[str(number)]) == pair["answer"])
            for number, pair in enumerate(data["pairs"])
        )
        return Grade(sum(parts) / len(parts), parts=parts)

    def part_weights(self, data):
        return [1.0] * len(data["pairs"])

    def size(self, data):
        return len(data["pairs"]), len(options(data))

    def right_answer(self, data, variant):
        return "; ".join(f"{pair['prompt']} → {pair['answer']}" for pair in data["pairs"])

    def summarise(self, data, response, variant):
        answers = options(data)
        return "; ".join(
            f"{pair['prompt']} → {_chosen(answers, response[str(number)])}"
            for number, pair in enumerate(data["pairs"])
            if response and str(number) in response
        )

    def random_guess_score(self, data):
        return 1 / len(options(data))

    def answer_classes(self, data):
        return [
            AnswerClass(f"{number}:{option}", f"{pair['prompt']} → {text}", float(text == pair["answer"]))
            for number, pair in enumerate(data["pairs"])
            for option, text in enumerate(options(data))
        ]

    def classify(self, data, response):
        return [f"{number}:{option}" for number, option in (response or {}).items()]

    lines_help = gettext_lazy(
        "One pair a line, such as “France => Paris”; “=> Rome” adds an answer without prompt."
    )

    def to_lines(self, data):
        if any("\n" in f"{pair['prompt']}{pair['answer']}" for pair in data["pairs"]):
            return None
        pairs = [f"{pair['prompt']} => {pair['answer']}" for pair in data["pairs"]]
        return "\n".join([*pairs, *(f"=> {text}" for text in data.get("distractors", ()))])

    def from_lines(self, lines, data):
        pairs, distractors = [], []
        for line in lines:
            prompt, arrow, answer = line.partition("=>")
            if not arrow:
                raise ValueError(_("Put “=>” between prompt and answer: %(line)s") % {"line": line})
            if prompt.strip():
                pairs.append({"prompt": prompt.strip(), "answer": answer.strip()})
            else:
                distractors.append(answer.strip())
        return {**data, "pairs": pairs, "distractors": distractors}

    def fragments(self, data):
        for pair in data.get("pairs", ()):
            yield pair["prompt"]


def _chosen(answers, option):
    return answers[option] if isinstance(option, int) and 0 <= option < len(answers) else None
