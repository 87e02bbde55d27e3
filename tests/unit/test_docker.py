"""The container files are right by their specifications and agree with the package; images cannot be built in tests."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
DOCKER = ROOT / "docker"


def steps() -> list[list[str]]:
    """Instructions of the Dockerfile with their arguments."""
    lines = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


def test_the_compose_file_fits_the_schema_of_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(DOCKER / "compose.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_is_clean_by_hadolint() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([str(program), str(DOCKER / "Dockerfile")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_compose_names_the_services_and_keeps_them_on_this_machine() -> None:
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    assert set(compose["services"]) == {"neo4j", "app", "trainer"}
    assert compose["services"]["neo4j"]["image"] == "neo4j:5.26-community"
    assert compose["services"]["trainer"]["profiles"] == ["train"]
    assert {"neo4j", "app"} == {name for name, service in compose["services"].items() if "healthcheck" in service}
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert all(volume in compose["volumes"] or volume.startswith("$") for volume in volumes)


def test_no_password_is_written_down() -> None:
    for path in DOCKER.iterdir():
        if path.is_file():
            for value in re.findall(r"PASSWORD=(\S+)", path.read_text()):
                assert value.startswith("$"), path


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    assert used == set(re.findall(r"^#? ?(\w+)=", (DOCKER / ".env.example").read_text(), flags=re.MULTILINE))


def test_the_image_has_all_that_a_wheel_is_built_from_and_does_not_run_as_root() -> None:
    copied = {
        name
        for step in steps()
        if step[0] == "COPY" and not step[1].startswith("--from")
        for name in step[1].split()[:-1]
    }
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"}
    # The hook that compiles the kernel is a file of this name unless another is given.
    assert "path" not in wheel["hooks"]["custom"]
    assert needed | {"hatch_build.py", *project["project"]["license-files"], "constraints.txt"} == copied
    let_through = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in let_through and {line[1:] for line in let_through if line.startswith("!")} == copied
    assert ["USER", "1000:1000"] in steps()


def test_both_stages_are_one_release_of_python_and_debian_that_the_package_takes() -> None:
    images = [step[1].split()[0] for step in steps() if step[0] == "FROM"]
    (release, debian), (second, slim, other) = (image.removeprefix("python:").split("-") for image in images)
    assert (release, debian, slim) == (second, other, "slim")
    assert release.startswith("3.11.")
    install = next(step[1] for step in steps() if "pip install" in step[1])
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"\[(.*)\]", install)[0].split(",")) <= set(extras)
