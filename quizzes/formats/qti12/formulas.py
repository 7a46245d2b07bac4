"""Questions whose numbers are drawn and whose answer is a formula."""

import ast
import re

from quizzes.expressions import ExpressionError, evaluate
from quizzes.formats import markup
from quizzes.formats.result import Broken, NotHere
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


# Functions of Canvas by the names that they have here.
_RENAMED = {"deg_to_rad": "deg2rad", "rad_to_deg": "rad2deg", "factorial": "fact"}


class _Canvas(ast.NodeTransformer):
    """A formula of Canvas, whose `log` is the decimal one unless it names a base."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name):
            name = node.func.id.lower()
            if name == "log" and len(node.args) == 1:
                name = "log10"
            node.func.id = _RENAMED.get(name, name)
        return node


def _as_here(formula: str) -> str:
    """A formula of Canvas in this site's words; as it is where it can't be read."""
    try:
        tree = ast.parse(formula.replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return formula
    return ast.unparse(_Canvas().visit(tree))


def _check(formula: str, solved, decimals: float) -> None:
    """Hold a formula against the answers that its file computed. Raises NotHere, Broken."""
    for parameters, answer in solved:
        try:
            value = evaluate(formula, parameters)
        except ExpressionError as error:
            raise NotHere(f"Its formula uses what formulas here don't have: {error}") from error
        # Both are rounded, and the parameters may have been before they were written.
        if abs(value - answer) > 10**-decimals + 1e-6 * abs(answer):
            raise Broken("Its formula gives other answers here than those in the file.")


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
    formula = _as_here(formula)
    parameters, rows, solved = {}, [], []
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
            if (answer := number(text_of(variant, "answer"))) is not None:
                solved.append((row, answer))
    places = block.find("formulas")
    _check(formula, solved, number(places.get("decimal_places"), 2.0) if places is not None else 2.0)
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
