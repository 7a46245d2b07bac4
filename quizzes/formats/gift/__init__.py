"""GIFT, the text format of Moodle: reader and writer.

    reading.py    the file, and which kind of question a block is
    blocks.py     where questions begin and end; escapes.py, texts.py read what is written in them
    answers.py    what stands in the braces
    writing.py    questions as GIFT

Control characters are escaped by a backslash; the reader swaps each escaped one for a private character
before it looks for structure, and back afterwards.
"""

from quizzes.formats.gift.reading import NAME, read, recognises
from quizzes.formats.gift.writing import write

__all__ = ["NAME", "read", "recognises", "write"]
