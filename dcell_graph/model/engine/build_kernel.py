"""Compile the kernel with whatever C++ compiler there is. Needs nothing but Python, because installing runs it.

    python -m dcell_graph.model.engine.build_kernel    compiles it anew, beside its sources

The kernel is one shared library with plain C functions: it belongs to no version of Python or torch. ``steps.cpp`` is
compiled once per instruction set, and the library chooses among them on the machine where it runs.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "kernel"
KERNEL = FOLDER / ("libdcell_kernel.dylib" if sys.platform == "darwin" else "libdcell_kernel.so")

COMPILERS = ("c++", "g++", "clang++")
FLAGS = ("-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden", "-fno-math-errno", "-ffp-contract=fast", "-pthread")
PORTABLE: tuple[str, tuple[str, ...]] = ("PORTABLE", ())
X86_SETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AVX512", ("-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mprefer-vector-width=512")),
    ("AVX2", ("-mavx2", "-mfma")),
)
# A compiler that hangs must not hang an installation.
TIMEOUT = 600


class Outcome(NamedTuple):
    """Whether the kernel was compiled, and in one line how or why not."""

    built: bool
    message: str


def source_files() -> list[Path]:
    """The kernel's files, sorted by name."""
    return sorted(path for path in SOURCES.iterdir() if path.suffix in (".cpp", ".h"))


def fingerprint() -> str:
    """What the sources are; a library says what they were when it was built."""
    digest = hashlib.sha256()
    for path in source_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build(target: Path = KERNEL) -> Outcome:
    """Compile the kernel into ``target``; if that fails, the target is left as it was and nothing is raised."""
    if sys.platform == "win32":
        return Outcome(False, "the compiled kernel is not built on Windows: DCell runs on torch alone")
    compiler = _compiler()
    if compiler is None:
        return Outcome(False, f"no C++ compiler ($CXX, {', '.join(COMPILERS)}): DCell runs on torch alone, slower")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            library = _compile(compiler, Path(scratch))
        except (OSError, subprocess.SubprocessError) as error:
            return Outcome(False, f"{_reason(compiler, error)}: DCell runs on torch alone, slower")
        target.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place, so that a process that has the old library open keeps it whole.
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(library, beside)
        beside.replace(target)
    return Outcome(True, f"the compiled kernel was built with {compiler[0]}")


def _compiler() -> list[str] | None:
    """The command that $CXX names, else the first compiler found."""
    named = shlex.split(os.environ.get("CXX", ""))
    if named:
        return named
    return next(([name] for name in COMPILERS if shutil.which(name)), None)


def _compile(compiler: list[str], scratch: Path) -> Path:
    more = shlex.split(os.environ.get("CXXFLAGS", ""))
    sets = [PORTABLE, *(X86_SETS if platform.machine().lower() in ("x86_64", "amd64") else ())]
    units = [(SOURCES / "steps.cpp", name, (*flags, f"-DDCELL_SET={name}")) for name, flags in sets]
    sources = f'-DDCELL_SOURCES="{fingerprint()}"'
    units += [(path, "", (sources,)) for path in source_files() if path.suffix == ".cpp" and path.name != "steps.cpp"]

    def compile_unit(unit: tuple[Path, str, tuple[str, ...]]) -> str:
        path, name, flags = unit
        result = scratch / f"{path.stem}{name}.o"
        _run([*compiler, *FLAGS, *flags, *more, "-c", str(path), "-o", str(result)])
        return str(result)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as several:
        objects = list(several.map(compile_unit, units))
    library = scratch / KERNEL.name
    _run([*compiler, "-shared", "-pthread", *objects, "-o", str(library)])
    return library


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)


def _reason(compiler: list[str], error: OSError | subprocess.SubprocessError) -> str:
    """What went wrong, in one line."""
    said = getattr(error, "stderr", None)
    lines = said.decode(errors="replace").splitlines() if isinstance(said, bytes) else []
    first = next((line for line in lines if "error" in line), lines[0] if lines else str(error))
    return f"{' '.join(compiler)} could not compile the kernel ({first.strip()})"


if __name__ == "__main__":
    outcome = build()
    sys.stdout.write(outcome.message + "\n")
    sys.exit(0 if outcome.built else 1)
