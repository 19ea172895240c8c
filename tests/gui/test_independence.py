"""The client stands alone: it needs neither the training nor the serving libraries."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gui.app

_FOLDER = Path(gui.app.__file__).parent
_ALLOWED = ("gui.", "handlers.schema.")
_OURS = ("datamodules", "lightning_module", "handlers", "gui")
_WITH_TKINTER = ("app", "theme", "worker", "__main__")


def imported_modules(path: Path) -> list[str]:
    """Return the full names of the modules that a file imports, or of what it takes from them."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def loaded_after(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after a statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    return {name.split(".")[0] for name in output.stdout.split()}


def test_importing_the_client_loads_no_learning_library() -> None:
    heavy = {
        "torch",
        "torchvision",
        "lightning",
        "pytorch_lightning",
        "onnxruntime",
        "openvino",
        "aiohttp",
    }
    heavy |= {"reportlab", "keyring"}  # loaded when they are needed

    loaded = loaded_after("import gui.app")

    assert "requests" in loaded
    assert loaded & (heavy | {"datamodules", "lightning_module"}) == set()


@pytest.mark.parametrize("path", sorted(_FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_only_the_schema_is_shared(path: Path) -> None:
    ours = [name for name in imported_modules(path) if name.split(".")[0] in _OURS]

    assert [name for name in ours if not f"{name}.".startswith(_ALLOWED)] == []


def test_state_and_decisions_need_no_tkinter() -> None:
    modules = [path.stem for path in _FOLDER.glob("*.py") if path.stem not in _WITH_TKINTER]
    assert "viewmodel" in modules

    statement = f"import {', '.join(f'gui.{module}' for module in modules)}"

    assert loaded_after(statement) & {"tkinter", "_tkinter", "ttkbootstrap"} == set()


def test_only_the_worker_starts_threads() -> None:
    users = {
        path.stem: [
            name
            for name in imported_modules(path)
            if f"{name}.".startswith(("threading.", "concurrent.futures.", "_thread."))
        ]
        for path in _FOLDER.rglob("*.py")
    }
    users["token_store"].remove("threading.Lock")  # which starts none

    assert [user for user, names in users.items() if names] == ["worker"]


def test_only_theme_and_views_know_the_widget_library() -> None:
    users = {
        path.relative_to(_FOLDER).parts[0]
        for path in _FOLDER.rglob("*.py")
        if any(name.startswith("ttkbootstrap") for name in imported_modules(path))
    }

    assert users == {"theme.py", "views"}


@pytest.mark.parametrize(
    ("module", "remedy"),
    [("tkinter", "has no Tk"), ("ttkbootstrap", "needs the package ttkbootstrap")],
)
def test_what_is_not_installed_is_named_in_one_line(module: str, remedy: str) -> None:
    code = f"import sys; sys.modules['{module}'] = None; from gui.__main__ import main; "
    code += "sys.exit(main())"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert result.returncode == 1
    assert re.fullmatch(f"[^\n]*{remedy}[^\n]*\n", result.stderr)
