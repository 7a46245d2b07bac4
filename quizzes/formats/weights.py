"""Weights of choices in other systems, as this site says them."""


def choice_data(entries, *, single: bool, shuffle: bool = True, capped: bool = False) -> tuple[str, dict]:
    """(type, data) of a choice question.

    entries: [(text, fraction from -1 to 1, feedback)]. Where the fractions are the ordinary ones (one right
    choice, equal shares), only `correct` is written, so that teachers edit ticks rather than numbers.
    capped: several fractions may sum to more than 1, of which 1 counts.
    """
    positives = [fraction for _text, fraction, _feedback in entries if fraction > 0]
    negatives = [fraction for _text, fraction, _feedback in entries if fraction < 0]
    wrong = len(entries) - len(positives)
    data: dict = {"shuffle": shuffle}
    if single:
        best = max(positives, default=0.0)
        plain = all(fraction in (0.0, best) for _text, fraction, _feedback in entries) and len(positives) == 1
        data["choices"] = [
            _choice(text, fraction / best if best else 0.0, feedback, plain)
            for text, fraction, feedback in entries
        ]
        return "single_choice", data
    total = sum(positives)
    # Teachers round thirds: shares that sum to about 1 are meant to sum to 1; several times 100 % means each
    # of them is right.
    scale = 1 / total if total and not capped and (abs(total - 1) <= 0.05 or total > 1) else 1.0
    equal = bool(positives) and max(positives) - min(positives) < 0.02
    evenly_wrong = not negatives or (
        len(negatives) == wrong and all(abs(fraction + 1 / wrong) < 0.02 for fraction in negatives)
    )
    plain = equal and evenly_wrong and abs(total * scale - 1) < 1e-6
    if plain and not negatives and wrong:
        data["penalty"] = 0.0
    data["choices"] = [
        _choice(text, fraction * scale if fraction > 0 else fraction, feedback, plain)
        for text, fraction, feedback in entries
    ]
    return "multiple_choice", data


def _choice(text, fraction, feedback, plain):
    choice = {"text": text, "correct": fraction > 0}
    if not plain:
        choice["fraction"] = round(fraction, 7)
    if feedback:
        choice["feedback"] = feedback
    return choice
