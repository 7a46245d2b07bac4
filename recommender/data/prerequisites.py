"""What has to come before what: a graph by item ids, which must not lead in a circle."""

from collections.abc import Mapping, Sequence


def circle(before: Mapping[str, Sequence[str]]) -> list[str]:
    """Ids of one circle, its first id again at the end; empty where there is none.

    `before` maps an item to those that come before it; ids without an entry have none.
    """
    finished: set[str] = set()
    for start in before:
        if start in finished:
            continue
        path, on_path, waiting = [start], {start}, [iter(before[start])]
        while path:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                on_path.discard(path[-1])
                finished.add(path.pop())
            elif following in on_path:
                return [*path[path.index(following) :], following]
            elif following not in finished:
                path.append(following)
                on_path.add(following)
                waiting.append(iter(before.get(following, ())))
    return []


def without_circles(before: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The same graph, where one item of each circle keeps no prerequisite."""
    kept = {item: tuple(required) for item, required in before.items() if required}
    while found := circle(kept):
        del kept[found[0]]
    return kept
