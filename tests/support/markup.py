"""What is wrong with a page's HTML, by the rules that a validator holds it to and a browser mends in silence.

Stricter than the standard in one thing: every element that may be closed is closed where it was opened.
"""

import re
from html.parser import HTMLParser


def words(text):
    return set(text.split())


VOID = words("area base br col embed hr img input link meta source track wbr")
# Elements that hold words and what stands within a line.
PHRASING = words("p h1 h2 h3 h4 h5 h6 span button label summary legend strong em b i small a time dt pre")
BLOCKS = words(
    "address article aside blockquote details dialog div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr "
    "main nav ol p pre section table ul"
)
# A link takes what its parent takes; headings are allowed in a summary and a legend.
MAY_HOLD = {
    "a": BLOCKS,
    "summary": {"h1", "h2", "h3", "h4", "h5", "h6"},
    "legend": {"h1", "h2", "h3", "h4", "h5", "h6"},
    "dt": {"div", "p"},
}
CHILDREN = {
    "ul": {"li", "template", "script"},
    "ol": {"li", "template", "script"},
    "dl": {"dt", "dd", "div", "template", "script"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"td", "th"},
    "select": {"option", "optgroup", "hr"},
}
PARENTS = {
    "li": {"ul", "ol", "menu", "template"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "caption": {"table"},
    "legend": {"fieldset"},
    "summary": {"details"},
    "option": {"select", "optgroup", "datalist"},
}
INTERACTIVE = {"a", "button", "input", "select", "textarea", "label", "summary"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list", "headers")
NOT_EMPTY = {"action", "src", "id", "for", "name", "formaction"}
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?")
DURATION = re.compile(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?")


def faults(page, *, within=""):
    """Sentences with their lines. `within` is the id of the only element that is looked at."""
    reader = _Reader(within)
    reader.feed(page)
    reader.close()
    return reader.found()


class _Reader(HTMLParser):
    def __init__(self, within):
        super().__init__(convert_charrefs=True)
        self.within, self.inside = within, not within
        self.faults, self.open, self.ids, self.asked = [], [], {}, []
        self.levels, self.doctype = [], False

    def found(self):
        self.faults += [f"{line}: <{tag}> is never closed" for tag, line in self.open]
        if self.within and self.within not in self.ids:
            self.faults.append(f"1: nothing has the id {self.within!r}")
        missing = [(line, name, key) for line, name, key in self.asked if key not in self.ids]
        self.faults += [
            f"{line}: {name} names the id {key!r}, which nothing has" for line, name, key in missing
        ]
        if not self.within:
            if not self.doctype:
                self.faults.append("1: no doctype")
            if self.levels.count(1) != 1:
                self.faults.append(f"1: {self.levels.count(1)} elements h1")
        steps = zip([0, *self.levels] if not self.within else self.levels, self.levels, strict=False)
        self.faults += [
            f"1: h{before} is followed by h{after}" for before, after in steps if after > before + 1
        ]
        return self.faults

    def say(self, sentence):
        if self.inside:
            self.faults.append(f"{self.getpos()[0]}: {sentence}")

    @property
    def parent(self):
        return self.open[-1][0] if self.open else ""

    def foreign(self):
        return any(tag in ("svg", "math") for tag, _line in self.open)

    def handle_decl(self, decl):
        self.doctype = decl.lower() == "doctype html"

    def handle_pi(self, data):
        self.say(f"<?{data[:20]}> is XML")

    def handle_startendtag(self, tag, attrs):
        if not self.foreign() and tag != "svg" and tag not in VOID:
            self.say(f"<{tag}/> does not close itself")
        self.look(tag, attrs)

    def handle_starttag(self, tag, attrs):
        if self.within and dict(attrs).get("id") == self.within:
            self.inside = True
        self.look(tag, attrs)
        if tag not in VOID or self.foreign():
            self.open.append((tag, self.getpos()[0]))

    def handle_endtag(self, tag):
        if tag in VOID and not self.foreign():
            self.say(f"</{tag}> closes what has no content")
        elif self.parent == tag:
            self.open.pop()
            if self.within and self.inside and tag == "main":
                self.inside = False
        else:
            self.say(f"</{tag}> where <{self.parent}> is open")
            while any(tag == name for name, _line in self.open) and self.open.pop()[0] != tag:
                pass

    def look(self, tag, attrs):
        self.attributes(tag, attrs)
        if self.foreign():
            return
        around = [name for name, _line in self.open]
        for outer in around:
            if outer in PHRASING and tag in BLOCKS - MAY_HOLD.get(outer, set()):
                self.say(f"<{tag}> in <{outer}>")
        if (allowed := CHILDREN.get(self.parent)) and tag not in allowed:
            self.say(f"<{tag}> straight in <{self.parent}>")
        if (allowed := PARENTS.get(tag)) and self.parent not in allowed:
            self.say(f"<{tag}> straight in <{self.parent}>")
        hidden = tag == "input" and ("type", "hidden") in attrs
        for outer in ("a", "button"):
            if outer in around and tag in INTERACTIVE and not hidden:
                self.say(f"<{tag}> in <{outer}>")
        if "form" in around and tag == "form":
            self.say("<form> in <form>")
        if self.inside and re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def attributes(self, tag, attrs):
        names = [name for name, _value in attrs]
        for name in {name for name in names if names.count(name) > 1}:
            self.say(f"<{tag}> has {name} twice")
        fields = dict(attrs)
        for name in NOT_EMPTY & set(fields):
            if not fields[name]:
                self.say(f"{name} of <{tag}> is empty")
        if key := fields.get("id"):
            if key in self.ids:
                self.say(f"id {key!r} is that of line {self.ids[key]} too")
            if re.search(r"\s", key):
                self.say(f"id {key!r} has a space")
            self.ids.setdefault(key, self.getpos()[0])
        if self.inside:
            self.asked += [
                (self.getpos()[0], name, key)
                for name in REFERENCES
                for key in (fields.get(name) or "").split()
            ]
        if tag == "img" and "alt" not in fields:
            self.say("<img> has no alt")
        if tag == "time" and "datetime" in fields:
            moment = fields["datetime"] or ""
            if not (MOMENT.fullmatch(moment) or DURATION.fullmatch(moment)):
                self.say(f"{moment!r} is no time for a machine")
        if tag in ("style", "script") and not fields.get("src") and fields.get("type") != "application/json":
            self.say(f"<{tag}> within the page")
        if "style" in fields or any(name.startswith("on") for name in fields):
            self.say(f"<{tag}> has a style or a script as an attribute")
