"""Files of questions in the shapes of other systems, and what the readers make of them."""

import io
import zipfile

from quizzes.formats import read_questions

# One picture of one dot, as base64.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
# The name space of QTI 2.1.
IMS = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'


def only(content, **options):
    """The one item that a file holds."""
    reading = read_questions(content if isinstance(content, bytes) else content.encode(), **options)
    assert len(reading.items) == 1, reading.items
    return reading.items[0]


def outcomes(content, **options):
    """What became of each item of a file."""
    reading = read_questions(content if isinstance(content, bytes) else content.encode(), **options)
    return [getattr(item, "outcome", "imported") for item in reading.items]


def zipped(**files):
    """A zip of files by their paths, in which `__` stands for a slash."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return package.getvalue()


def moodle(*questions):
    """A file of Moodle XML."""
    return ('<?xml version="1.0" encoding="UTF-8"?><quiz>' + "".join(questions) + "</quiz>").encode()


def question_of(kind, inner="", text="Text?", form="html"):
    """One question of Moodle XML."""
    return (
        f'<question type="{kind}"><name><text>N</text></name>'
        f'<questiontext format="{form}"><text><![CDATA[{text}]]></text></questiontext>{inner}</question>'
    )


def moodle_answers(*entries):
    """Answers of Moodle XML by (per cent, text)."""
    return "".join(f'<answer fraction="{percent}"><text>{text}</text></answer>' for percent, text in entries)


def field(label, entry):
    """One line of a QTI 1.2 item's metadata."""
    inner = f"<fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry>"
    return f"<qtimetadatafield>{inner}</qtimetadatafield>"


def qti12(presentation, processing="", *, fields="", feedback="", outcome=""):
    """What becomes of one QTI 1.2 item."""
    return only(
        f'<questestinterop><item ident="i" title="T"><itemmetadata><qtimetadata>{fields}</qtimetadata>'
        f"</itemmetadata><presentation><flow>{presentation}</flow></presentation>"
        f"<resprocessing><outcomes>{outcome}</outcomes>{processing}</resprocessing>{feedback}"
        "</item></questestinterop>"
    )


def material(words):
    return f"<material><mattext>{words}</mattext></material>"


def label(ident, text, **attributes):
    """One choice of QTI 1.2."""
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<response_label ident="{ident}"{said}>{material(text)}</response_label>'


def labels(**texts):
    """Choices of QTI 1.2 by {ident: text}."""
    return "".join(label(key, text) for key, text in texts.items())


def respond(ident, inner, cardinality="Single", tag="response_lid"):
    """A response of QTI 1.2 that offers choices."""
    choice = f"<render_choice>{inner}</render_choice>"
    return f'<{tag} ident="{ident}" rcardinality="{cardinality}">{choice}</{tag}>'


def wants(ident, value):
    return f'<varequal respident="{ident}">{value}</varequal>'


def when(condition, score=100, action="Set", variable="SCORE", tells=""):
    """A rule of QTI 1.2."""
    told = f'<displayfeedback linkrefid="{tells}"/>' if tells else ""
    return (
        f"<respcondition><conditionvar>{condition}</conditionvar>"
        f'<setvar action="{action}" varname="{variable}">{score}</setvar>{told}</respcondition>'
    )


def tells(**texts):
    """Feedback of QTI 1.2 by {ident: text}."""
    return "".join(
        f'<itemfeedback ident="{key}">{material(text)}</itemfeedback>' for key, text in texts.items()
    )
