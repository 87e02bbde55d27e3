"""What can be said about the documentation without running it: its blocks, its commands, its options, its links."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from dcell_graph.sources.catalogue import load_catalogue
from dcell_graph.train.config import read_config_file, train_config
from dcell_graph.train.sweep_file import read_sweep
from tests.docs.blocks import COMMANDS, ROOT, Block, every_block, pages, prose
from tests.docs.programs import check_words, every_command, find_command, find_program, options
from tests.docs.reference import reference
from tests.docs.shell import commands

BLOCKS = {block.place: block for block in every_block()}
NOT_OURS = {
    "--signal=TERM@120",  # of Slurm
}


def blocks(language: str) -> pytest.MarkDecorator:
    """Parametrize a test by the blocks in a language."""
    found = {place: block for place, block in BLOCKS.items() if block.language == language}
    assert found
    return pytest.mark.parametrize("block", found.values(), ids=found)


def test_the_page_of_all_commands_is_that_of_the_programs() -> None:
    assert (ROOT / COMMANDS).read_text(encoding="utf-8") == reference(), "python -m tests.docs.reference writes it anew"
    page = reference()
    for name, command in every_command():
        assert f"\n## {name}\n" in page
        assert all(f"`{option}" in page or f" {option}" in page for option in options(command) - {"--help"}), name


def test_every_block_says_what_it_is() -> None:
    languages = {"sh", "python", "toml", "cypher", "mermaid", "text"}
    assert {place: block.language for place, block in BLOCKS.items() if block.language not in languages} == {}
    titles = {place: block.title for place, block in BLOCKS.items() if block.title is not None}
    assert {place: title for place, title in titles.items() if title.split()[0] not in ("Needs", "Takes")} == {}
    assert all(BLOCKS[place].language == "sh" for place in titles)


@blocks("sh")
def test_programs_would_take_the_commands(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    if block.text.startswith("#!"):
        return
    for command in commands(block.text):
        program = command.words[0]
        if program == "make":
            assert set(command.words[1:2]) <= _targets()
        elif program == "pip":
            assert _extras(command.words[-1]) <= _known_extras()
        elif find_program(command.words) is not None:
            check_words(command.words)
        elif program == "python":
            assert (ROOT / command.words[1]).is_file() or command.words[1] == "-m"
        elif program == "docker":
            services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
            assert command.words[1:3] == ("compose", "up") or set(services) & set(command.words)
        else:
            assert program in {"cp", "cat", "cd", "export"}, command


@blocks("python")
def test_python_imports_what_there_is(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            module = importlib.import_module(node.module)
            assert all(hasattr(module, name.name) for name in node.names)


@blocks("toml")
def test_files_are_taken_by_what_reads_them(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.toml"
    path.write_text(block.text, encoding="utf-8")
    content = tomllib.loads(block.text)
    if "source" in content:
        monkeypatch.setenv("DCELL_GRAPH_CATALOGUE", str(path))
        (key,) = (source["key"] for source in content["source"])
        assert load_catalogue().find(key, "annotations").addresses[0].startswith("https://files.example.org/")
    elif "grid" in content:
        assert len(read_sweep(path).settings) == 8
    else:
        options = train_config(read_config_file(path), path=path)
        assert options.ensemble == 5


@blocks("text")
def test_commands_in_output_and_forms_exist(block: Block) -> None:
    for line in block.text.splitlines():
        words = line.removeprefix("$ ").split()
        if words[:1] == ["dcell-graph"]:
            _exists(words)


@pytest.mark.parametrize("name", pages())
def test_commands_and_options_in_the_text_exist(name: str) -> None:
    known = set().union(*(options(command) for _, command in every_command())) | NOT_OURS
    known |= {"--version", "--install-completion", "--show-completion"}
    for script in (ROOT / "bench").glob("*.py"):
        known |= set(re.findall(r"\"(--[a-z-]+)\"", script.read_text(encoding="utf-8")))
    for code in re.findall(r"`([^`\n]+)`", prose(name)):
        words = code.split()
        if code.startswith(("dcell-graph ", "python -m dcell_graph.train")):
            _exists(words)
        elif words[0].startswith("--"):
            named = {word for word in words if word.startswith("--")}
            assert named <= known or "pip" in code, code


@pytest.mark.parametrize("name", pages())
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(name)):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert ((ROOT / name).parent / target).exists(), target


@pytest.mark.parametrize("name", pages())
def test_links_into_pages_lead_to_a_heading(name: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", prose(name)):
        page = ((ROOT / name).parent / target).resolve().relative_to(ROOT).as_posix() if target else name
        headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
        # As the site makes them: letters, digits and hyphens in lower case.
        made = {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}
        assert anchor in made, f"{target}#{anchor}"


def test_the_drawing_of_the_graph_has_what_queries_name() -> None:
    drawing = (ROOT / "docs" / "images" / "graph-model.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r"\w+", " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawing))))
    queries = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cypher").rglob("*.cypher"))
    named = {name for names in re.findall(r"\[\w*:([A-Z_|]+)", queries) for name in names.split("|")}
    named |= set(re.findall(r"\(\w*:([A-Z]\w+)", queries))
    assert named - {"Lock", "Migration"} == drawn  # these two keep house


def test_every_page_is_in_the_contents() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[\w/-]+\.md", text))
    assert listed == {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}


def test_the_page_of_functions_names_what_there_is_and_is_explained() -> None:
    listed = re.findall(r"^::: (\S+)\n    options:\n      members: \[(.*)\]$", prose("docs/api.md"), flags=re.MULTILINE)
    assert len(listed) >= 20
    for module, members in listed:
        for member in members.split(", "):
            assert inspect.getdoc(getattr(importlib.import_module(module), member)), (module, member)


def _exists(words: list[str]) -> None:
    found = find_program(words)
    assert found is not None
    program, arguments = found
    if not arguments or arguments[0].startswith("-"):
        known = options(program)
    else:
        command, arguments = find_command(program, arguments)
        known = options(command)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(arguments)))
    assert named <= known, shlex.join(words)


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def _extras(requirement: str) -> set[str]:
    return set(re.findall(r"\[(.*)\]", requirement)[0].split(",")) if "[" in requirement else set()


def _known_extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return set(project["optional-dependencies"])
