"""Wheels with and without the kernel."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dcell_graph.model.engine import build_kernel

ROOT = Path(__file__).parents[2]
LIBRARY = f"dcell_graph/model/engine/{build_kernel.KERNEL.name}"
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


def build_wheel(folder: Path, source: Path, compiler: str) -> tuple[Path, str]:
    """A wheel of the package, built as pip builds it, and what the build said."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=source,
        env={"CXX": compiler, "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return folder / done.stdout.split()[-1], done.stdout + done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made of, with a kernel that does nothing, so that compiling it takes no time."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("cypher", "app"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("")
    shutil.copytree(ROOT / "dcell_graph", folder / "dcell_graph", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    kernel = folder / "dcell_graph/model/engine/kernel"
    for path in kernel.iterdir():
        path.unlink()
    (kernel / "steps.cpp").write_text("int DCELL_SET() { return 0; }\n")
    (kernel / "interface.cpp").write_text(
        'extern "C" __attribute__((visibility("default"))) const char *dcell_sources() { return DCELL_SOURCES; }\n'
    )
    # What an earlier editable installation left behind does not belong in a wheel.
    (folder / LIBRARY).write_bytes(b"old")
    return folder


def test_a_wheel_with_a_compiler_has_the_kernel(source: Path, tmp_path: Path) -> None:
    wheel, said = build_wheel(tmp_path, source, "c++")
    assert wheel.name.split("-", 2)[2].startswith("py3-none-") and not wheel.name.endswith("-any.whl")
    assert "the compiled kernel was built with c++" in said
    with zipfile.ZipFile(wheel) as files:
        path = files.extract(LIBRARY, tmp_path)
        assert (
            "Root-Is-Purelib: false"
            in files.read(next(name for name in files.namelist() if name.endswith("/WHEEL"))).decode()
        )
    library = ctypes.CDLL(path)
    library.dcell_sources.restype = ctypes.c_char_p
    assert len(library.dcell_sources()) == 16
    assert (source / LIBRARY).read_bytes() == b"old"


@pytest.mark.parametrize("compiler", ["/bin/false", "/nonexistent/compiler"])
def test_a_wheel_without_a_compiler_is_pure_python_and_says_so(source: Path, tmp_path: Path, compiler: str) -> None:
    wheel, said = build_wheel(tmp_path, source, compiler)
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as files:
        assert LIBRARY not in files.namelist()
        assert "dcell_graph/model/engine/binding.py" in files.namelist()
    lines = [line for line in said.splitlines() if "DCell runs on torch alone" in line]
    assert len(lines) == 1 and f"{compiler} could not compile the kernel" in lines[0]


def test_without_any_compiler_nothing_is_touched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = build_kernel.build(tmp_path / "library.so")
    assert not outcome.built and outcome.message.startswith("no C++ compiler ($CXX, c++, g++, clang++)")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_compiler_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\necho 'In file included' >&2\necho 'x.h:3: error: no such thing' >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    outcome = build_kernel.build(tmp_path / "library.so")
    assert outcome.message == (
        f"{compiler} could not compile the kernel (x.h:3: error: no such thing): DCell runs on torch alone, slower"
    )


def test_the_fingerprint_follows_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build_kernel, "SOURCES", tmp_path)
    (tmp_path / "a.cpp").write_text("1")
    (tmp_path / "notes.txt").write_text("not a source")
    first = build_kernel.fingerprint()
    (tmp_path / "notes.txt").write_text("changed")
    assert build_kernel.fingerprint() == first
    (tmp_path / "a.cpp").write_text("2")
    assert build_kernel.fingerprint() != first
