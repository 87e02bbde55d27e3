"""Answers why a term, a gene or a gene of a term is in a snapshot or not, and what would bring it in."""

from __future__ import annotations

import re

from dcell_graph.errors import InputError
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.why.answer import Why
from dcell_graph.graph.why.genes import about_gene, about_pair
from dcell_graph.graph.why.question import Question
from dcell_graph.graph.why.terms import about_term

_TERM = r"(?P<term>GO:(?:[0-9]{7}|ROOT))"
_ASKED = re.compile(rf"(?:(?P<gene>.+):)?{_TERM}", re.IGNORECASE)
_TURNED = re.compile(rf"{_TERM}:(?P<gene>.+)", re.IGNORECASE)


def why(runner: Runner, snapshot: str, asked: str) -> Why:
    """Answer why something is in a snapshot or not.

    Args:
        runner: of the database.
        snapshot: name of a snapshot.
        asked: a term id, a gene (by any of its names), or both as GENE:TERM.

    Raises:
        NotFound: there is no such snapshot, gene or term.
        InputError: the gene's name could mean several genes, or nothing is asked.
    """
    question = Question(runner, snapshot)
    if not asked.strip(" :"):
        raise InputError("nothing is asked about", expected="a term id, a gene, or GENE:TERM", found=repr(asked))
    parts = _ASKED.fullmatch(asked.strip()) or _TURNED.fullmatch(asked.strip())
    if parts is None:
        return about_gene(question, asked.strip())
    term = parts["term"].upper()
    return about_term(question, term) if parts["gene"] is None else about_pair(question, parts["gene"], term)
