"""QTI 2.0 to 2.2, and items of 3.0 by their older names: reader.

reading.py     the file, and the test around items
item.py        one item; texts.py has its texts, responses.py its key
kinds.py       what each interaction becomes here; gaps.py those inside a text
"""

from quizzes.formats.qti21.item import EXACT_CLASS
from quizzes.formats.qti21.reading import read

__all__ = ["EXACT_CLASS", "read"]
