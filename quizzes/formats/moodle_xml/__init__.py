"""Moodle XML: reader and writer.

element.py   one <question>: texts, pictures, answers
kinds.py     what each of Moodle's types becomes here
"""

from quizzes.formats.moodle_xml.reading import read
from quizzes.formats.moodle_xml.writing import write

__all__ = ["read", "write"]
