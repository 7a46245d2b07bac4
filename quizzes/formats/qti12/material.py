"""Texts and pictures of items as HTML."""

import html
import re

from quizzes.formats.safe_xml import inner_html

RESPONSES = {
    "response_lid",
    "response_str",
    "response_num",
    "response_grp",
    "response_xy",
    "response_extension",
}


def html_of(node) -> str:
    """HTML of one text. Text marked as plain is escaped unless it plainly holds tags."""
    raw = (node.text or "") if not len(node) else inner_html(node)
    kind = (node.get("texttype") or node.get("type") or "text/plain").lower()
    if len(node) or "html" in kind or "xhtml" in kind:
        return raw.strip()
    if kind == "smart_text" or (
        re.search(r"<(p|br|div|span|b|i|em|strong|img|ul|ol|table|sub|sup)\b", raw, re.IGNORECASE)
        and (re.sub(r"<[^>]*>", "", raw).strip() or "<img" in raw.lower())
    ):
        # A plain text of nothing but a tag asks about that tag.
        return raw.strip()
    return html.escape(raw.strip(), quote=False).replace("\n", "<br>")


def material_of(node) -> str:
    """HTML of the materials below a node, without those of the responses in it."""
    parts = []
    for child in node:
        if child.tag in RESPONSES or child.tag in ("response_label", "render_choice", "render_fib"):
            continue
        if child.tag in ("mattext", "mat_formattedtext", "matemtext"):
            parts.append(html_of(child))
        elif child.tag == "matimage" and child.get("embedded") == "base64" and (child.text or "").strip():
            kind = child.get("imagtype") or "image/png"
            encoded = html.escape(f"data:{kind};base64,{''.join(child.text.split())}")
            parts.append(f'<img src="{encoded}" alt="{html.escape(child.get("label", ""))}">')
        elif child.tag == "matimage" and child.get("uri"):
            parts.append(
                f'<img src="{html.escape(child.get("uri"))}" alt="{html.escape(child.get("label", ""))}">'
            )
        elif child.tag == "matbreak":
            parts.append("<br>")
        else:
            parts.append(material_of(child))
    return " ".join(part for part in parts if part.strip())
