"""Fills in the package's templates."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_ENVIRONMENT = Environment(
    loader=PackageLoader("lightning_module.report", "."),
    # HTML is escaped, Markdown is not.
    autoescape=select_autoescape(("html.jinja",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


def render(template: str, **values: object) -> str:
    """Fill in a template of this folder.

    Args:
        template: Its file name.
        **values: What it needs; a missing one is an error.
    """
    return _ENVIRONMENT.get_template(template).render(**values)
