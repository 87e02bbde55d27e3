"""The container files parse and agree with the package; images cannot be built in the tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
INSTRUCTIONS = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "CMD"}


def test_compose_names_the_services_and_keeps_them_on_this_machine() -> None:
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    assert set(compose["services"]) == {"neo4j", "app", "trainer"}
    assert compose["services"]["neo4j"]["image"] == "neo4j:5.26-community"
    assert compose["services"]["trainer"]["profiles"] == ["train"]
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert all(volume in compose["volumes"] or volume.startswith("$") for volume in volumes)


def test_no_password_is_written_down() -> None:
    for path in (ROOT / "docker").iterdir():
        if path.is_file():
            for value in re.findall(r"PASSWORD=(\S+)", path.read_text()):
                assert value.startswith("$"), path


def test_the_dockerfile_copies_what_exists_and_does_not_run_as_root() -> None:
    lines = (ROOT / "docker" / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert {step[0] for step in steps} <= INSTRUCTIONS
    copied = [step[1].split()[:-1] for step in steps if step[0] == "COPY" and not step[1].startswith("--from")]
    assert all((ROOT / name).exists() for names in copied for name in names)
    assert ["USER", "dcell"] in steps
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    install = next(step[1] for step in steps if "pip install" in step[1])
    assert set(re.findall(r"\[(.*)\]", install)[0].split(",")) <= set(extras)
