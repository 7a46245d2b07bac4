"""The OpenAPI description, and a page that shows it without a script.

The usual viewers of such descriptions need inline styles, which the site's content policy forbids; the page
is rendered here from the same document.
"""

from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from embark.api.problems import MEDIA_TYPE, TITLES

VERSION = "1"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "Leads to the explanation of this kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for a person."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "code": {"type": "string", "description": "A name for programs, such as refused or not_found."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer of what it is about."},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name of your own for this write: sent again, it is done once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
# What may always come back, by the method and by who may ask.
ALWAYS = (400, 404, 406, 429, 500, 503)
SIGNED_IN = (401, 403)
WRITES = ("post", "put", "patch", "delete")
WITH_WRITES = (409, 410, 413, 415, 422)


def add_problems(result, generator, request, public):
    """Spectacular's hook: every operation can answer a problem, and every write takes a key."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if "" in parameter["schema"].get("enum", ()):
                    del parameter["schema"]["minLength"]  # an empty filter filters nothing
            statuses = set(ALWAYS + SIGNED_IN)
            if method in WRITES:
                statuses |= set(WITH_WRITES)
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            if "attempt" in operation["operationId"] or operation["operationId"] == "read_result":
                statuses.add(409)
            else:
                operation["responses"].setdefault("304", {"description": "What you have still holds"})
            for status in sorted(statuses):
                content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"].setdefault(
                    str(status), {"description": TITLES[status], "content": content}
                )
    return result


@method_decorator(cache_control(max_age=300, public=True), name="dispatch")
class Schema(SpectacularAPIView):
    """The OpenAPI 3.1 document."""

    permission_classes = [AllowAny]
    renderer_classes = [OpenApiJsonRenderer]
    api_version = VERSION


@require_safe
def reference(request):
    """Every operation of the API with what it takes and answers, from the same schema that programs read."""
    document = SchemaGenerator(api_version=VERSION).get_schema(request=None, public=True)
    groups = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entry = _entry(path, method, operation, document)
            groups.setdefault(operation["tags"][0], []).append(entry)
    problems = [{"status": status, "title": title} for status, title in TITLES.items()]
    return render(
        request,
        "embark/api.html",
        {"info": document["info"], "groups": groups, "problems": problems, "codes": CODES},
    )


CODES = {
    "invalid": "Some of what was sent can't be used; “errors” says what, by JSON pointer.",
    "parse_error": "The body is no JSON, or a header can't be read.",
    "not_authenticated": "Sign in, and send the session cookie or the X-Session-Token header.",
    "authentication_failed": "The session token is unknown or has expired.",
    "permission_denied": "Signed in, but this is not open to you; the detail says why.",
    "not_found": "There is nothing here, or nothing that is yours.",
    "method_not_allowed": "This address takes other methods; the Allow header names them.",
    "not_acceptable": "The API speaks JSON alone.",
    "unsupported_media_type": "Send JSON, with Content-Type: application/json.",
    "refused": "The site refuses in its present state; the detail says what to do.",
    "late": "Another device has saved since; “sequence” is the number of its step.",
    "closed": "The attempt is already submitted.",
    "running": "The attempt is still under way.",
    "key_reused": "This Idempotency-Key belongs to another request.",
    "too_large": "The body is larger than the site takes.",
    "throttled": "Too many requests; Retry-After says for how many seconds to wait.",
    "maintenance": "The site is closed for maintenance; Retry-After says when to ask again.",
    "error": "A fault on the side of the site, which is logged.",
}


def _entry(path, method, operation, document):
    parameters = [
        {
            "name": parameter["name"],
            "place": parameter["in"],
            "is_required": parameter.get("required", False),
            "type": _type(parameter["schema"]),
            "text": parameter.get("description", ""),
        }
        for parameter in operation.get("parameters", [])
    ]
    body = _schema_of(operation.get("requestBody", {}), document)
    answers = [
        {
            "status": status,
            "text": answer["description"],
            "fields": _fields(_schema_of(answer, document), document),
        }
        for status, answer in operation["responses"].items()
        if status < "300"
    ]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "text": operation.get("description", ""),
        "is_public": {} in operation.get("security", []),
        "opens": method == "get" and "{" not in path,
        "parameters": parameters,
        "body": _fields(body, document),
        "answers": answers,
    }


def _schema_of(holder, document):
    return holder.get("content", {}).get("application/json", {}).get("schema", {})


def _resolved(schema, document):
    """A schema with its reference followed, and whether it is a list of them."""
    many = schema.get("type") == "array"
    schema = schema["items"] if many else schema
    for part in schema.get("allOf", []) or schema.get("oneOf", []):
        schema = part if "$ref" in part else schema
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema, many


def _fields(schema, document):
    resolved, _many = _resolved(schema, document) if schema else ({}, False)
    return [
        {
            "name": name,
            "type": _type(field),
            "is_required": name in resolved.get("required", []),
            "text": field.get("description", ""),
        }
        for name, field in resolved.get("properties", {}).items()
    ]


def _type(schema):
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    for part in (schema, *schema.get("allOf", []), *schema.get("oneOf", [])):
        if "$ref" in part:
            return part["$ref"].rsplit("/", 1)[-1]
    kind = schema.get("type", "any")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{kind} ({schema['format']})" if "format" in schema else kind
