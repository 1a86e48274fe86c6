"""Attributes of form fields, written directly.

WTForms formats each attribute as a template of its own, 10 microseconds at a time; the report form of a large
city has seven hundred. The text is the same to the letter, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape
from wtforms.fields.choices import Choice
from wtforms.widgets import core


def attributes(**values: Any) -> Markup:
    """HTML attributes in order of name: True is the bare name, False is nothing, all else is escaped."""
    parts = []
    for key in sorted(values):
        value = values[key]
        if value is False:
            continue
        name = core.clean_key(key)
        parts.append(name if value is True else f'{name}="{_quoted(value)}"')
    return Markup(" ".join(parts))  # noqa: S704 - every value is escaped above, names are the templates' own


def _quoted(value: Any) -> str:
    text = str.__str__(escape(value))
    return text.replace('"', "&quot;") if '"' in text else text


def option(_widget: type[core.Select], /, choice: Choice, **values: Any) -> Markup:
    """One option of a select. Three hundred of them are a third of the report form's time."""
    more = {**(choice.render_kw or {}), **values}
    if choice.selected:
        more["selected"] = True
    opened = attributes(value=str(choice.value), **more) if more else f'value="{_quoted(choice.value)}"'
    label = str.__str__(escape(choice.label or choice.value))
    return Markup(f"<option {opened}>{label}</option>")  # noqa: S704 - both parts are escaped above


def install() -> None:
    """Make every widget of WTForms write its attributes so, and every select its options."""
    core.Select.render_option = classmethod(option)
    core.html_params = attributes
    core.Input.html_params = staticmethod(attributes)
