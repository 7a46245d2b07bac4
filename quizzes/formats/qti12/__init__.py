"""QTI 1.2 as Canvas, Blackboard, Common Cartridge, Sakai, ILIAS and others write it: reader.

What a condition is worth decides what is right, whatever the system; the system's own name of the type
only tells apart what looks the same.

    reading.py     the file, and which kind of question an item is
    item.py        one item; material.py has its texts, rules.py its key
    choices.py typed.py numbers.py gaps.py matching.py formulas.py   the kinds
    assessment.py  the quiz around the items
"""

from quizzes.formats.qti12.assessment import read_assessment
from quizzes.formats.qti12.reading import read

__all__ = ["read", "read_assessment"]
