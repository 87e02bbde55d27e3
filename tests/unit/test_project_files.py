"""Files that the project shows to the world: how to cite it, how to report, and that they agree with the package."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from dcell_graph import __version__
from dcell_graph.sources.catalogue import load_catalogue

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "CITATION.cff": "vendor.citation-file-format",
    ".github/ISSUE_TEMPLATE/fault.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/wish.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/source.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_files_fit_their_schemas(name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name], str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_form_is_checked() -> None:
    forms = {path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")}
    assert forms == set(SCHEMAS) - {"CITATION.cff"}


def test_the_citation_agrees_with_the_package_and_names_the_data() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (citation["version"], citation["license"]) == (__version__, project["license"])
    assert citation["preferred-citation"]["doi"] in (ROOT / "README.md").read_text(encoding="utf-8")
    data = [reference for reference in citation["references"] if reference["type"] == "data"]
    assert all(reference["license"] == "CC-BY-4.0" for reference in data)
    holders = " ".join(author["name"] for reference in data for author in reference["authors"])
    assert "Gene Ontology Consortium" in holders and "Saccharomyces Genome Database" in holders
    licences = {source.licence for source in load_catalogue().source if source.kind in ("ontology", "annotations")}
    assert all(licence.startswith("CC-BY 4.0") for licence in licences)
