"""Whatever is recorded has words on the auditor's page."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from complaints.actions import ACT_LABELS, ACTION_LABELS
from complaints.workflow import Act
from tests.source import ROOT

PACKAGES = ("core", "tenants", "complaints", "sp4n", "monitoring", "operating")


def modules() -> list[ast.Module]:
    """Every module of the product, parsed."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def first_of_calls(tree: ast.AST, *names: str) -> Iterator[ast.expr]:
    """First arguments of calls to functions of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node.args[0]


def constants(tree: ast.Module) -> dict[str, str]:
    """Texts given to names of a module."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def recorded() -> set[str]:
    """Actions given to `audit.record` and `record_many`, directly, by constant, or through a wrapper."""
    trees, wrappers = modules(), {"record", "record_many"}
    for tree in trees:
        for function in functions(tree):
            arguments = {argument.arg for argument in function.args.args}
            handed_on = [
                each.id
                for each in first_of_calls(function, "record", "record_many")
                if isinstance(each, ast.Name)
            ]
            if arguments & set(handed_on):
                wrappers.add(function.name)
    found: set[str] = set()
    for tree in trees:
        known = constants(tree)
        for each in first_of_calls(tree, *wrappers):
            value = each.value if isinstance(each, ast.Constant) else known.get(getattr(each, "id", ""))
            if isinstance(value, str) and "." in value and " " not in value:
                found.add(value)
    return found


def test_every_recorded_action_has_words() -> None:
    found = recorded()
    assert {"officer.signed_in", "tenant.areas_added", "history.sealed", "sp4n.mapped"} <= found
    assert found - set(ACTION_LABELS) == set()


def test_every_act_has_words() -> None:
    assert {str(act) for act in Act} <= set(ACT_LABELS)
