"""The package as people install it: built, installed into a new environment, used away from the checkout."""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcell_graph import __version__
from dcell_graph.graph.queries import query_names
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import shipped_recipes
from dcell_graph.sources.world import preset, write_world

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"
# Commands of one process, since each start of a program takes a second; then where things are and how they are.
WALK = """
import json
import sys
import dcell_graph
from dcell_graph.cli import _app_file, app
from dcell_graph.graph.queries import query_names
from dcell_graph.snapshot.recipe import shipped_recipes
for arguments in json.loads(sys.argv[1]):
    app(arguments, standalone_mode=False)
print(json.dumps({
    "package": dcell_graph.__file__,
    "app": str(_app_file()),
    "queries": query_names(),
    "recipes": list(shipped_recipes()),
    "modules": sorted(sys.modules),
}))
"""
# The kernel as the tests of the engine use it is another one; here it only has to be there and to compute.
QUICKLY = {"CXXFLAGS": "-O0"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with the kernel, built as pip builds it."""
    return build("build_wheel", tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment with the wheel; all else it takes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("new")
    venv.create(folder, symlinks=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # A path in such a file is looked through after the environment's own, and files of this kind in it are not read:
    # so the checkout, which the environment of the tests knows by one, stays out.
    (own / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    program = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(program), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--disable-pip-version-check", str(wheel)], check=True)
    return program


@pytest.fixture
def away(database_settings: Settings) -> Iterator[dict[str, str]]:
    """The variables of a user who has no checkout, with the database of the tests."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS")
    yield {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "DCELL_GRAPH_HOME": str(database_settings.home),
    }
    shutil.rmtree(database_settings.datasets / "wheel", ignore_errors=True)


def build(kind: str, folder: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-c", BUILD, kind, str(folder)],
        cwd=ROOT,
        env=os.environ | QUICKLY,
        capture_output=True,
        text=True,
        check=True,
    )
    return folder / done.stdout.split()[-1]


def test_the_wheel_holds_what_the_program_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
        about = email.message_from_bytes(files.read(f"dcell_graph-{__version__}.dist-info/METADATA"))
    assert {"embedded", "train", "app", "notebook", "all", "dev"} <= set(about.get_all("Provides-Extra", []))
    assert about["License-Expression"] == "MIT" and about["Requires-Python"] == ">=3.11"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    wanted = {name for name in tracked if name.startswith("dcell_graph/")}
    wanted |= {f"dcell_graph/_{name}" for name in tracked if name.startswith(("cypher/", "app/"))}
    assert wanted - names == set()
    kernel = {name for name in names if "libdcell_kernel" in name}
    assert len(kernel) == 1
    assert not any(name.startswith(("tests/", "docs/", "bench/")) or "__pycache__" in name for name in names)


def test_a_source_archive_has_what_a_wheel_is_built_from(tmp_path: Path) -> None:
    with tarfile.open(build("build_sdist", tmp_path)) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"hatch_build.py", "pyproject.toml", "README.md", "LICENSE", "cypher/schema/001_graph.cypher"} <= names
    assert "app/streamlit_app.py" in names
    assert not any("libdcell_kernel" in name for name in names)


def test_a_small_world_from_files_to_predictions_away_from_the_checkout(
    python: Path, away: dict[str, str], runner: Neo4jRunner, tmp_path: Path
) -> None:
    world = write_world(preset("tiny", seed=1), tmp_path / "world")

    def run(*words: str) -> list[str]:
        done = subprocess.run(words, cwd=tmp_path, env=away, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def walk(*commands: str) -> list[str]:
        return run(str(python), "-c", WALK, json.dumps([command.split() for command in commands]))

    assert run(str(python.with_name("dcell-graph")), "--version") == [f"dcell-graph {__version__}"]
    *_, facts = walk(
        f"load genes {world.features} --genome world",
        f"load ontology {world.ontology}",
        f"load annotations {world.sgd_gaf} --source sgd",
        "snapshot build wheel --recipe torchcell-2025 --annotations sgd --genome world",
        "snapshot export wheel exported",
        f"dataset import {world.trigenic} --name wheel --format sga-trigenic",
    )
    found = json.loads(facts)
    installed = python.parent.parent
    assert Path(found["package"]).is_relative_to(installed)
    assert Path(found["app"]).is_relative_to(installed)
    assert found["queries"] == list(query_names())
    assert found["recipes"] == list(shipped_recipes())
    assert not {"torch", "streamlit", "matplotlib", "sklearn"} & set(found["modules"])

    options = ["--snapshot", "exported", "--dataset", "wheel", "--epochs", "2", "--unknown-genes", "ignore"]
    trained = run(str(python), "-m", "dcell_graph.train", *options, "--out", "run")
    assert any(line.startswith("Engine: vectorised, compiled kernel") for line in trained)
    *printed, _ = walk("predict run --strain wt --strain YAL827W --unknown-genes ignore")
    assert [line.split(",")[1] for line in printed] == ["strain", "wt", "YAL827W"]
