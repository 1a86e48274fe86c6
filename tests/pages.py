"""What every HTML page must be:

strictly parsable, one h1, a title, labelled fields, unique ids, nothing inline.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import html5lib

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_IGNORED = {"expected-doctype-but-got-chars"}


def csrf_token(page: str) -> str:
    """The form token of a page."""
    found = _TOKEN.search(page)
    assert found, f"no form token on the page: {page[:500]}"
    return found[1]


def parse(page: str) -> Element:
    """The page's tree; a parse error fails the test."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    tree = parser.parse(page)
    errors = [(position, code) for position, code, _ in parser.errors if code not in _IGNORED]
    assert not errors, f"invalid HTML: {errors[:5]}"
    return tree


def check_page(page: str) -> None:
    """Every rule that holds for all pages."""
    tree = parse(page)
    headings = tree.findall(".//h1")
    assert len(headings) == 1, f"{len(headings)} h1 on the page"
    title = tree.find(".//title")
    assert title is not None
    assert (title.text or "").strip(), "no title"
    html = tree if tree.tag == "html" else tree.find(".//html")
    assert html is not None
    assert html.get("lang") == "id", "no language"
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    doubled = {one for one in ids if ids.count(one) > 1}
    assert not doubled, f"ids used twice: {doubled}"
    _check_fields(tree, set(ids))
    for element in tree.iter():
        assert element.get("style") is None, f"inline style on {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), f"inline handler on {element.tag}"
        if element.tag == "script":
            assert element.get("src", "").startswith("/aset/"), "inline or foreign script"
        if element.tag == "img":
            assert element.get("alt") is not None, "picture without alt"


def _check_fields(tree: Element, ids: set[str | None]) -> None:
    labelled = {label.get("for") for label in tree.iter("label")}
    for tag in ("input", "select", "textarea"):
        for field in tree.iter(tag):
            if field.get("type") in ("hidden", "submit"):
                continue
            name = field.get("name") or field.get("id")
            assert field.get("id") in labelled or field.get("aria-label"), f"field {name} has no label"
    for element in tree.iter():
        for reference in (element.get("aria-describedby") or "").split():
            assert reference in ids, f"aria-describedby points nowhere: {reference}"
