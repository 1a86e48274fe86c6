"""The project's own source as tests see it: files, parsed modules, and what they import and call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "tenants", "complaints", "sp4n", "monitoring", "operating")
PRODUCT = (*PACKAGES, "app.py", "wsgi.py")
EVERYTHING = (*PRODUCT, "migrations", "scripts", "demo", "bench", "deploy", "tests")


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file; `path` is relative to the project with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


def parse(text: str, path: str = "core/example.py") -> Module:
    """A module of this text, for the tests that feed a checker what it must refuse."""
    return Module(path, text, ast.parse(text))


@cache
def modules(*places: str) -> tuple[Module, ...]:
    """Every Python file below the places that exist, in order of path."""
    found: list[Path] = []
    for place in places:
        start = ROOT / place
        found += sorted(start.rglob("*.py")) if start.is_dir() else [start] if start.exists() else []
    return tuple(parse(file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix()) for file in found)


def imported(module: Module) -> set[str]:
    """Dotted names a module imports, wherever in it: `from a import b` gives `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of attributes; what is not a name at its start becomes `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def mentioned(module: Module) -> set[str]:
    """Every dotted name the module reads or calls."""
    return {dotted(node) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute | ast.Name)}


def called(module: Module) -> set[str]:
    """Every dotted name the module calls."""
    return {dotted(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}


def strings(tree: ast.AST) -> Iterator[str]:
    """Every piece of text that is not a docstring, formatted ones in their constant parts."""
    documented = {id(node) for node in docstring_nodes(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def docstring_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Expressions that are docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
