"""From what an author writes to what a learner's browser shows.

markdown  Markdown to HTML: tables, footnotes, code, maths, call-outs, collapsible questions
maths     LaTeX to MathML
code      highlighted source code
clean     the last step of everything: an allow-list of elements, attributes, classes and addresses
links     what a relative address in a course means
blocks    one block of a lesson, of any kind
"""
