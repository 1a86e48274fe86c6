"""The shape of the source: sizes, names, docstrings, who imports what, and what no migration may do.

Every checker is also shown something it must refuse: a check that cannot fail proves nothing.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import jinja2.nodes
import pytest

from tests.source import EVERYTHING, PRODUCT, ROOT, Module, dotted, imported, modules, parse, strings

LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
SHADOWS = {"platform", "site", "email", "queue", "calendar"}


# --- sizes and names ---------------------------------------------------------------------------------------


def long_functions(module: Module) -> set[str]:
    """Functions over the limit, decorators not counted."""
    return {
        node.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 >= LONGEST_FUNCTION
    }


def bad_names(path: str) -> set[str]:
    """Parts of a path that say nothing, or hide the standard library at the top."""
    parts = [part.removesuffix(".py") for part in path.split("/")]
    return {part for part in parts if part in FORBIDDEN_NAMES} | ({parts[0]} & SHADOWS)


def test_modules_are_short() -> None:
    sizes = {module.path: module.lines for module in modules(*EVERYTHING)}
    assert {path: lines for path, lines in sizes.items() if lines > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    every = modules(*PRODUCT, "scripts", "demo", "bench", "tests")  # a migration is one list of columns
    found = {module.path: long_functions(module) for module in every}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_long_function_is_seen() -> None:
    body = "\n".join(f"    x{n} = {n}" for n in range(LONGEST_FUNCTION))
    assert long_functions(parse(f"class A:\n    def short(self): ...\ndef long():\n{body}")) == {"long"}


def test_names_say_something() -> None:
    found = {module.path: bad_names(module.path) for module in modules(*EVERYTHING)}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("path", ["core/utils.py", "complaints/helpers/x.py", "platform/x.py", "email.py"])
def test_an_empty_name_is_seen(path: str) -> None:
    assert bad_names(path)


def test_a_name_below_the_top_shadows_nothing() -> None:
    assert bad_names("core/jobs/queue.py") == set()


def undocumented(module: Module) -> bool:
    """Whether the module does not say what it owns. An empty package file owns nothing."""
    return bool(module.tree.body) and not (ast.get_docstring(module.tree) or "").strip()


def test_every_module_says_what_it_owns() -> None:
    assert [module.path for module in modules(*EVERYTHING) if undocumented(module)] == []


def test_a_module_without_a_docstring_is_seen() -> None:
    assert undocumented(parse("import os\n"))
    assert not undocumented(parse('"""Owns os."""\nimport os\n'))


# --- who imports what --------------------------------------------------------------------------------------


def is_view(path: str) -> bool:
    """Modules that speak HTTP."""
    return "/views/" in path or path.endswith("/views.py")


def beyond_a_view(module: Module) -> set[str]:
    """Imports a view must not have: the session, rows, SQL."""
    return {
        name
        for name in imported(module)
        if name == "core.extensions.db" or "models" in name.split(".") or name.split(".")[0] == "sqlalchemy"
    }


def test_views_know_neither_session_nor_rows() -> None:
    found = {module.path: beyond_a_view(module) for module in modules(*PRODUCT) if is_view(module.path)}
    assert len(found) >= 8
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "from core.extensions import db",
        "from complaints.models import Complaint",
        "from tenants import models",
        "from sqlalchemy import select",
        "def page():\n    from core.extensions import db",
    ],
)
def test_a_view_with_a_query_is_seen(snippet: str) -> None:
    assert beyond_a_view(parse(snippet, "x/views.py"))


def test_import_contracts_hold() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


# --- templates ---------------------------------------------------------------------------------------------

DATABASE_NAMES = {"db", "session", "models", "engine", "config"}
QUERY_METHODS = {"query", "execute", "scalars", "scalar", "commit", "filter_by"}


def queries_in(source: str) -> set[str]:
    """Names and methods of a template that reach past the values it was given."""
    tree = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    names = {node.name for node in tree.find_all(jinja2.nodes.Name)} & DATABASE_NAMES
    return names | {node.attr for node in tree.find_all(jinja2.nodes.Getattr) if node.attr in QUERY_METHODS}


def test_templates_ask_nothing() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): queries_in(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "templates").rglob("*.html"))
    }
    assert len(found) > 30
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("source", ["{{ db.session.info }}", "{% for x in report.query.all() %}{% endfor %}"])
def test_a_template_that_asks_is_seen(source: str) -> None:
    assert queries_in(source)


# --- no city in the code -----------------------------------------------------------------------------------

TEXT_ENDINGS = {".py", ".html", ".txt", ".css", ".js", ".json", ".toml", ".sh", ".ini", ".svg"}
CITY_EXEMPT = ("demo/data/", "sp4n/simulator/seed.json")


def city_names() -> set[str]:
    """Proper names of the demo's cities and their province, without the kind in front."""
    found: set[str] = set()
    for path in [
        *(ROOT / "demo" / "data" / "cities").glob("*.json"),
        ROOT / "demo" / "data" / "province.json",
    ]:
        data = json.loads(path.read_text(encoding="utf-8"))
        found |= {data["short_name"], data["slug"]}
    return found


def cities_in(text: str, names: set[str]) -> set[str]:
    """Names that stand in the text as words of their own."""
    return {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)}


def product_texts() -> Iterator[tuple[str, str]]:
    """Every text file that makes the product behave, not the words of its tests and documents."""
    for place in (*PRODUCT, "migrations", "scripts", "templates", "static", "demo", "deploy"):
        start = ROOT / place
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in TEXT_ENDINGS and not name.startswith(CITY_EXEMPT) and path.is_file():
                yield name, path.read_text(encoding="utf-8")


def test_the_code_names_no_city() -> None:
    names = city_names()
    assert len(names) >= 6
    found = {path: cities_in(text, names) for path, text in product_texts()}
    assert {path: cities for path, cities in found.items() if cities} == {}


def test_a_city_in_the_code_is_seen() -> None:
    assert cities_in('if tenant.slug == "kota-contoh":', {"kota-contoh"})
    assert not cities_in("contohnya", {"Contoh"})


# --- migrations --------------------------------------------------------------------------------------------

_CHANGES = re.compile(r"^\s*(WITH\b.*\b)?(UPDATE|DELETE|INSERT|MERGE|TRUNCATE)\b", re.IGNORECASE | re.DOTALL)
_CHANGING_CALLS = {"update", "delete", "insert", "bulk_insert"}


def bare_changes(module: Module) -> set[str]:
    """Statements that change rows outside a loop over each_tenant(): under FORCE they would touch nothing."""
    inside: set[int] = set()
    for node in ast.walk(module.tree):
        loops = isinstance(node, ast.For) and isinstance(node.iter, ast.Call)
        if loops and dotted(node.iter.func).endswith("each_tenant"):  # type: ignore[attr-defined] # a Call, above
            inside |= {id(each) for each in ast.walk(node)}
    outside = [node for node in ast.walk(module.tree) if id(node) not in inside]
    found: set[str] = set()
    for node in outside:
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _CHANGING_CALLS:
            found.add(dotted(node.func))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHANGES.match(node.value):
            found.add(node.value)
    return found


def unlike_application(module: Module) -> set[str]:
    """Imports of application code in a migration, which must mean the same for ever."""
    packages = {"core", "tenants", "complaints", "sp4n", "monitoring", "app"}
    return {name for name in imported(module) if name.split(".")[0] in packages}


def versions() -> list[Module]:
    return [module for module in modules("migrations") if module.path.startswith("migrations/versions/")]


def test_migrations_change_rows_only_tenant_by_tenant() -> None:
    assert len(versions()) >= 4
    assert {module.path: bare_changes(module) for module in versions() if bare_changes(module)} == {}


def test_migrations_import_no_application_code() -> None:
    assert {
        module.path: unlike_application(module) for module in versions() if unlike_application(module)
    } == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "op.execute('UPDATE complaint SET version = 1')",
        "op.execute(sa.text('DELETE FROM complaint'))",
        "op.execute(f'UPDATE {table} SET version = 1')",
        "op.execute('WITH old AS (SELECT 1) UPDATE complaint SET version = 1')",
        "op.execute(complaint.update().values(version=1))",
        "for row in rows:\n    op.execute('UPDATE complaint SET version = 1')",
    ],
)
def test_a_bare_change_is_seen(snippet: str) -> None:
    assert bare_changes(parse(snippet))


@pytest.mark.parametrize(
    "snippet",
    [
        "for tenant_id in each_tenant():\n    op.execute('UPDATE complaint SET version = 1')",
        "op.execute('GRANT SELECT, UPDATE ON complaint TO x')",
        "op.execute('CREATE POLICY p ON complaint FOR UPDATE USING (true)')",
    ],
)
def test_a_proper_change_is_let_through(snippet: str) -> None:
    assert bare_changes(parse(snippet)) == set()


# --- the tenant comes from the host ------------------------------------------------------------------------


def tenant_from_request(module: Module) -> set[str]:
    """Keys like `tenant` read from what a client sends."""
    return {
        key
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and dotted(node.func).startswith(
            ("request.args", "request.form", "request.headers", "request.values")
        )
        for key in strings(node)
        if "tenant" in key.lower() or "forwarded" in key.lower()
    }


def test_no_view_takes_the_tenant_from_the_client() -> None:
    found = {module.path: tenant_from_request(module) for module in modules(*PRODUCT)}
    assert {path: keys for path, keys in found.items() if keys} == {}


def test_a_tenant_from_the_client_is_seen() -> None:
    assert tenant_from_request(parse("x = request.args.get('tenant_id')"))
    assert tenant_from_request(parse("x = request.headers.get('X-Forwarded-Host')"))
