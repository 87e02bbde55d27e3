"""``dcell-graph doctor``: what works here, and what to do about what does not."""

from __future__ import annotations

from dataclasses import asdict

import typer

from dcell_graph.cli.display import AsJson, say, show_json
from dcell_graph.cli.errors import FAILED, friendly_errors
from dcell_graph.settings import read_settings

_SIGNS = {"fine": "ok", "missing": "--", "wrong": "!!"}


@friendly_errors()
def doctor(as_json: AsJson = False) -> None:
    """Check Python, packages, engine, database, browser, disk, memory and data, and say what to do.

    Changes nothing. Status 1 if something that is there does not work (!!); what is only missing (--) is no fault.
    """
    # It brings torch and everything else along, which no other command should wait for.
    from dcell_graph.doctor import State, examine

    diagnoses = []
    for diagnosis in examine(read_settings()):
        diagnoses.append(diagnosis)
        if not as_json:
            say(f"{_SIGNS[diagnosis.state]}  {diagnosis.about}: {diagnosis.sentence}")
            if diagnosis.advice is not None:
                say(f"      {diagnosis.advice}")
    if as_json:
        show_json([asdict(diagnosis) for diagnosis in diagnoses])
    if any(diagnosis.state is State.WRONG for diagnosis in diagnoses):
        raise typer.Exit(FAILED)
