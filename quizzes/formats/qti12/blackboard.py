"""What Blackboard writes in its own way: rules that name a choice where others name the response, with what
it is worth per cent; and words of its own for two choices.
"""

from quizzes.formats.qti12.item import labels_of

# How a question with two given answers shows them.
EITHER = {
    "yes_no.true": "Yes", "yes_no.false": "No",
    "agree_disagree.true": "Agree", "agree_disagree.false": "Disagree",
    "right_wrong.true": "Right", "right_wrong.false": "Wrong",
    "true_false.true": "True", "true_false.false": "False",
}  # fmt: skip


def settle(item, rules) -> None:
    """Let rules that speak of a choice name the response and the choice, as all others do."""
    if "bbmd_questiontype" not in item.meta or item.presentation is None:
        return
    response_of = {
        key: response.get("ident") or ""
        for response in item.presentation.iter("response_lid")
        for key in labels_of(response)
    }
    shared = item.meta.get("bbmd_partialcredit") == "true"
    for rule in rules:
        if rule.named not in response_of or rule.wants or rule.forbids:
            continue
        rule.wants = [(response_of[rule.named], rule.named)]
        rule.worth = max(-1.0, min(1.0, (rule.worth or 0.0) / 100)) if shared else 0.0
        rule.action = "share"
