"""The arrows between the packages, as the contracts in ``pyproject.toml`` draw them."""

from importlinter.cli import lint_imports

from tests.conftest import REPOSITORY


def test_imports_keep_the_contracts() -> None:
    assert lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True) == 0
