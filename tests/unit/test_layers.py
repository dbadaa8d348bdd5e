"""The layers hold: who may import whom, and which libraries a layer may use.

Imports inside console and services are import-linter's contracts in pyproject.toml; the rules
about libraries, and those for pages, which are scripts and no package, are read from the source.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGES_MAY_IMPORT = {"console", "pandas", "services.domain", "streamlit"}
DOMAIN_MAY_IMPORT = {"mmh3", "services.domain", "stdnum"}
ADAPTERS_MAY_IMPORT = {"services.adapters", "services.domain"}

# Data formats are no systems that an adapter stands for.
NOT_VENDORS = {"msgspec", "orjson"}
# Parts of one thing: the SQL toolkit, its migrations, its PostgreSQL driver; Redis's client and its
# wire format in C.
SAME_VENDOR = {"alembic": "sqlalchemy", "hiredis": "redis", "psycopg": "sqlalchemy"}

DRIVERS = {
    "aiohttp",
    "alembic",
    "openai",
    "prometheus_api_client",
    "psycopg",
    "redis",
    "sqlalchemy",
}
SCREEN = {"plotly", "streamlit"}

# A clock, randomness, I/O and the environment come into domain as arguments.
IMPURE_MODULES = {
    "asyncio", "http", "logging", "os", "random", "secrets", "shutil", "socket", "sqlite3",
    "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
IMPURE_CALLS = {"now", "today", "utcnow", "uuid1", "uuid4", "uuid7"}


def imported_names(source: str) -> Iterator[str]:
    """Yield the full dotted name of everything a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_within(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def is_standard(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names | {"__future__"}


def strangers(source: str, allowed: set[str]) -> list[str]:
    names = imported_names(source)
    return [name for name in names if not is_standard(name) and not is_within(name, allowed)]


def page_violations(source: str) -> list[str]:
    return strangers(source, PAGES_MAY_IMPORT)


def domain_violations(source: str) -> list[str]:
    impure = [name for name in imported_names(source) if is_within(name, IMPURE_MODULES)]
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in IMPURE_CALLS
    ]
    return strangers(source, DOMAIN_MAY_IMPORT) + impure + calls


def adapter_violations(source: str) -> list[str]:
    foreign = strangers(source, ADAPTERS_MAY_IMPORT)
    ours = [name for name in foreign if is_within(name, {"console", "services"})]
    libraries = {name.split(".")[0] for name in foreign} - NOT_VENDORS - {"console", "services"}
    vendors = {SAME_VENDOR.get(library, library) for library in libraries}
    return ours + (sorted(vendors) if len(vendors) > 1 else [])


def driver_violations(source: str) -> list[str]:
    return [name for name in imported_names(source) if is_within(name, DRIVERS)]


def screen_violations(source: str) -> list[str]:
    return [name for name in imported_names(source) if is_within(name, SCREEN)]


def borrowed_tests(source: str) -> list[str]:
    """What a test takes from a file of tests: what is shared has a file named for what it is."""
    return [
        name for name in imported_names(source) if name.startswith("tests.") and ".test_" in name
    ]


def files_of(folder: str, *, outside: str = "") -> list[Path]:
    files = (ROOT / folder).rglob("*.py")
    return [file for file in files if not (outside and file.is_relative_to(ROOT / outside))]


@pytest.mark.parametrize(
    ("files", "violations"),
    [
        pytest.param(files_of("pages"), page_violations, id="pages-see-console-and-values-only"),
        pytest.param(files_of("services/domain"), domain_violations, id="domain-is-pure"),
        pytest.param(files_of("services/adapters"), adapter_violations, id="one-vendor-an-adapter"),
        pytest.param(
            files_of("services", outside="services/adapters") + files_of("console"),
            driver_violations,
            id="drivers-stay-in-adapters",
        ),
        pytest.param(files_of("services"), screen_violations, id="services-draw-nothing"),
        pytest.param(files_of("tests"), borrowed_tests, id="tests-borrow-from-no-tests"),
    ],
)
def test_tree_keeps_the_rule(files: list[Path], violations: Callable[[str], list[str]]) -> None:
    found = {str(file.relative_to(ROOT)): violations(file.read_text()) for file in files}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("violations", "source", "named"),
    [
        (page_violations, "from services import operations", ["services.operations"]),
        (page_violations, "import plotly.express", ["plotly.express"]),
        (page_violations, "from services.domain.money import to_usd\nimport streamlit", []),
        (domain_violations, "import orjson", ["orjson"]),
        (domain_violations, "from services.adapters import memory", ["services.adapters.memory"]),
        (domain_violations, "import time", ["time"]),
        (domain_violations, "at = datetime.now(UTC)", ["datetime.now"]),
        (domain_violations, "import mmh3\nfrom stdnum import luhn", []),
        (adapter_violations, "import aiohttp\nimport redis", ["aiohttp", "redis"]),
        (adapter_violations, "from services import settings", ["services.settings"]),
        (adapter_violations, "import alembic\nimport orjson\nimport sqlalchemy", []),
        (driver_violations, "from redis.asyncio import Redis", ["redis.asyncio.Redis"]),
        (screen_violations, "import streamlit as st", ["streamlit"]),
        (
            borrowed_tests,
            "from tests.pages.test_access import send",
            ["tests.pages.test_access.send"],
        ),
        (borrowed_tests, "from tests.pages.panels import send", []),
    ],
)
def test_rule_names_what_breaks_it(
    violations: Callable[[str], list[str]], source: str, named: list[str]
) -> None:
    assert violations(source) == named


def copy_tree(target: Path) -> None:
    """Copy the packages and their contracts; a layer that has no file yet becomes an empty one."""
    shutil.copy(ROOT / "pyproject.toml", target)
    for package in ("console", "services"):
        for file in files_of(package):
            copied = target / file.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copied)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in contracts["contracts"]:
        for module in contract.get("protected_modules", []) + contract.get("allowed_importers", []):
            folder = target / module.replace(".", "/")
            if not folder.with_suffix(".py").exists() and not (folder / "__init__.py").exists():
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "__init__.py").touch()


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def test_packages_keep_the_import_contracts(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    run = lint_imports(tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("services/operations/planted.py", "services.gateway"),
        ("services/gateway/planted.py", "services.operations"),
        ("services/gateway/planted.py", "services.adapters"),
        ("services/adapters/planted.py", "services.settings"),
        ("services/domain/planted.py", "services.settings"),
        ("services/api/planted.py", "services.operations"),
        ("services/operations/planted.py", "services.bootstrap"),
        ("services/operations/planted.py", "console"),
        ("console/planted.py", "services.operations"),
        ("console/planted.py", "services.cli"),
    ],
)
def test_import_contracts_name_what_breaks_them(tmp_path: Path, file: str, imported: str) -> None:
    copy_tree(tmp_path)
    (tmp_path / file).write_text(f"import {imported}\n")
    run = lint_imports(tmp_path)
    module = file.removesuffix(".py").replace("/", ".")
    assert run.returncode != 0
    assert f"{module} -> {imported}" in run.stdout
