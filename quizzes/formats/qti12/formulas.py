"""Questions whose numbers are drawn and whose answer is a formula."""

import re

from quizzes.formats import markup
from quizzes.formats.result import Broken
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import number

_LONGEST = 1000


def read_arithmetic(item):
    """Brightspace: variables and a formula stand in the presentation."""
    parameters = {}
    for node in item.presentation.iter("variable"):
        parameters[node.get("name") or ""] = {
            "min": number(text_of(node, "minvalue"), 0.0),
            "max": number(text_of(node, "maxvalue"), 10.0),
            "decimals": int(number(text_of(node, "decimalplaces"), 0.0)),
        }
    formula = text_of(next(item.presentation.iter("formula"), None))
    if not formula:
        raise Broken("The formula is missing.")
    allowed = next(item.element.iter("tolerance"), None)
    tolerance = abs(number(text_of(allowed), 0.0))
    relative = allowed is not None and "percent" in (allowed.get("type") or "").lower()
    source = item.stem()
    for name in parameters:
        source = source.replace(f"{{{name}}}", f"{markup.OPEN}{{{name}}}{markup.CLOSE}")
    data = {
        "expression": re.sub(r"\{(\w+)\}", r"\1", formula).replace("^", "**"),
        "tolerance": tolerance / 100 if relative else tolerance,
        "tolerance_type": "relative" if relative else "absolute",
        "parameters": parameters,
    }
    return "calculated", data, item.markdown(source)


def _last_formula(formulas: list[str]) -> str:
    """The last formula is the answer; those before it give names to parts of it."""
    named: dict[str, str] = {}
    expression = ""
    for formula in formulas:
        *names, expression = (part.strip() for part in re.split(r"(?<![<>=!])=(?!=)", formula))
        expression = re.sub(r"[A-Za-z_]\w*", lambda found: named.get(found[0], found[0]), expression)
        if len(expression) > _LONGEST:
            raise Broken("The formula is too long.")
        if names:
            named[names[-1]] = f"({expression})"
    return expression


def read_calculated(item):
    block = next(item.element.iter("calculated"), None)
    if block is None:
        raise Broken("The formula is missing.")
    formula = _last_formula(
        [text_of(node) for node in block.findall("formulas/formula")] or [text_of(block, "formula")]
    )
    names = [
        node.get("name") or ""
        for node in block.iter("var")
        if node.get("min") is not None or node.find("min") is not None
    ]
    parameters, rows = {}, []
    for node in block.iter("var"):
        if node.find("min") is not None:
            parameters[node.get("name")] = {
                "min": number(text_of(node, "min"), 0.0),
                "max": number(text_of(node, "max"), 10.0),
                "decimals": int(number(node.get("scale"), 0.0)),
            }
    for variant in block.iter("var_set"):
        row = {node.get("name"): number(text_of(node)) for node in variant.findall("var")}
        if row and None not in row.values():
            rows.append(row)
    source = item.stem()
    for name in names or parameters:
        source = source.replace(f"[{name}]", f"{markup.OPEN}{{{name}}}{markup.CLOSE}")
    raw = text_of(block, "answer_tolerance")
    percent = raw.endswith("%")
    tolerance = abs(number(raw.rstrip("%"), 0.0))
    data = {
        "expression": formula,
        "tolerance": tolerance / 100 if percent else tolerance,
        "tolerance_type": "relative" if percent else "absolute",
    }
    data |= {"rows": rows} if rows else {"parameters": parameters}
    return "calculated", data, item.markdown(source)
