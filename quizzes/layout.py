"""Which questions an attempt asks, in which order: drawn, shuffled and varied by its seed."""


def lay_out(quiz, rng):
    """Fields of the questions of one attempt, in order: drawn, shuffled and varied by `rng`."""
    slots = list(quiz.slots.select_related("question__current"))
    taken = {slot.question_id for slot in slots if slot.question_id}
    pools, chosen = {}, []
    for slot in slots:
        question = slot.question
        if question is None:
            rule = (slot.draw_bank_id, slot.draw_tag, slot.draw_skill_id)
            if rule not in pools:
                pools[rule] = list(slot.candidates().select_related("current").order_by("pk"))
                rng.shuffle(pools[rule])
            pool = pools[rule]
            question = next((candidate for candidate in pool if candidate.pk not in taken), None)
            if question is None:
                continue
            taken.add(question.pk)
        if question.current is not None:
            chosen.append((slot, question.current))
    if quiz.shuffle_questions:
        chosen = _shuffled_within_sections(chosen, rng)
    rows = []
    for place, (slot, version) in enumerate(chosen, start=1):
        kind = version.kind
        rows.append(
            {
                "slot": slot.position,
                "page": place if quiz.one_per_page else slot.page,
                "section": slot.section,
                "version": version,
                "variant": kind.draw(version.data, rng, shuffle=quiz.shuffle_answers),
                "max_mark": slot.max_mark if kind.is_graded else 0.0,
            }
        )
    return rows


def _shuffled_within_sections(chosen, rng):
    """Questions change places within their section; pages and headings stay where they are."""
    groups, result = {}, []
    for slot, version in chosen:
        groups.setdefault((slot.page, slot.section), []).append((slot, version))
    for entries in groups.values():
        rng.shuffle(entries)
        result += entries
    return result
