"""Templates of what an agent says. The only file that imports Jinja2; `{{ name }}`, filters and `if` are allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from appliance.errors import Invalid

SPOKEN, AGENT, OFFERS = "spoken", "agent", "offers"
GLOBALS = (SPOKEN, AGENT, OFFERS)
"""Known in every text: whether the party is on the telephone, the agent's title, and a list of what it can do."""
OWN = {"likeliest": ("first", "second"), "answer": ("answer", "source")}
"""Known besides in those of an agent's `texts` that need it."""
FILTERS = ("upper", "lower", "title", "capitalize", "trim")

# Not HTML: the text is spoken, or put into pages as a text node.
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter,
)  # fmt: skip
_SPACES = re.compile(r"\s+")


def variables(text: str) -> frozenset[str]:
    """Names a template uses. Raises Invalid for one that cannot be read or uses more of Jinja than texts may."""
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise Invalid(f"is not a template: {error.message}") from None
    names: set[str] = set()
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _ALLOWED):
            raise Invalid(f"uses {type(node).__name__} of Jinja; allowed: {{{{ name }}}}, filters, if")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise Invalid(f"uses the filter {node.name!r}; allowed: {', '.join(FILTERS)}")
        if isinstance(node, nodes.Name):
            names.add(node.name)
        waiting.extend(node.iter_child_nodes())
    return frozenset(names)


def render(text: str, values: Mapping[str, object]) -> str:
    """The text with its values, on one line. Raises Invalid where a value is missing."""
    if "{" not in text:
        return _SPACES.sub(" ", text).strip()
    try:
        return _SPACES.sub(" ", _compiled(text).render(dict(values))).strip()
    except TemplateError:
        raise Invalid("a text needs a value that is not known") from None


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)
