"""Question types: one module a type, found by listing this package.

A new type is a new module here that decorates its class with `base.register`; the widget that draws it is a
template in `templates/quizzes/widgets/`. Nothing else has to change.
"""

from importlib import import_module
from pkgutil import iter_modules

from quizzes.types.base import REGISTRY, Grade, QuestionType

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def question_type(name: str) -> QuestionType:
    """The type called `name`; KeyError if there is none."""
    return REGISTRY[name]


def names() -> list[str]:
    return sorted(REGISTRY)


def choices() -> list[tuple[str, str]]:
    """(name, label) of every type, for form fields."""
    return sorted(((name, kind.label) for name, kind in REGISTRY.items()), key=lambda pair: str(pair[1]))


__all__ = ["Grade", "QuestionType", "choices", "names", "question_type"]
