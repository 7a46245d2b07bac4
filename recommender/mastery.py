"""How well a learner does in a topic, as far as quizzes tell."""


def mastery(events, cards):
    """{topic slug: share of passed among recent quizzes}, smoothed by one pass and one fail (Laplace)."""
    passed, taken = {}, {}
    for event in events:
        if event.verb not in ("passed", "failed") or event.item not in cards:
            continue
        for topic in cards[event.item].topics:
            taken[topic] = taken.get(topic, 0) + 1
            passed[topic] = passed.get(topic, 0) + (event.verb == "passed")
    return {topic: (passed[topic] + 1) / (count + 2) for topic, count in taken.items()}
