"""The topology text of the first DCell: for each term the lines ``ROOT: term n``, ``GENES: ..``, ``TERMS: ..``.

n is the number of contained genes, GENES are the direct ones, TERMS the children. Words are separated by blanks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.snapshot.exchange.reading import LARGEST, filled_lines, sound_text, whole_number
from dcell_graph.snapshot.exchange.writing import check_ids, write_file
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.sources.text import refuse_if_markup
from dcell_graph.wording import counted

NAME = "dcell"
_EXPECTED = "a DCell topology: lines ROOT: term n, GENES: .., TERMS: .. for each term"
_NEXT = {"ROOT": "GENES", "GENES": "TERMS", "TERMS": "ROOT"}


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write a snapshot as topology, the root first.

    Args:
        snapshot: terms and genes must have ids without blanks.
        target: a new file.

    Raises:
        InputError: an id holds a blank, or the file cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME, blanks=False)
    write_file(target, _stanzas(snapshot))
    return ()


def _stanzas(snapshot: Snapshot) -> Iterator[str]:
    terms = snapshot.terms["term"].tolist()
    genes: list[list[str]] = [[] for _ in terms]
    children: list[list[str]] = [[] for _ in terms]
    for term, gene in zip(snapshot.annotations["term_index"], snapshot.annotations["gene"], strict=True):
        genes[term].append(gene)
    for parent, child in zip(snapshot.parents["parent_index"], snapshot.parents["child"], strict=True):
        children[parent].append(child)
    contained = snapshot.terms["contained_genes"].tolist()
    root = snapshot.root
    for place in [root, *(other for other in range(len(terms)) if other != root)]:
        # The peers' files end each list with a blank.
        yield f"ROOT: {terms[place]} {contained[place]}\n"
        yield f"GENES: {''.join(gene + ' ' for gene in genes[place])}\n"
        yield f"TERMS: {''.join(term + ' ' for term in children[place])}\n"


def read(path: Path) -> Draft:
    """Read a topology, plain or gzip.

    Raises:
        NotFound, FileRefused: there is no such file, or it is not a topology.
    """
    text = sound_text(path, _EXPECTED)
    draft = Draft(path=path, ontology=text.stamp, annotations=text.stamp, declared_by="a line ROOT: with it")
    wanted, term, number = "ROOT", "", 0
    for number, line in filled_lines(text):
        refuse_if_markup(path, line, _EXPECTED)
        key, colon, rest = line.partition(":")
        if key.strip() != wanted or not colon:
            raise draft.refuse(
                "this is not the next line of a topology",
                number,
                expected=f"{wanted}:" + ("" if wanted == "ROOT" else f" of the term {term}"),
                found=repr(line[:60]),
                hint="each term has three lines: ROOT:, GENES:, TERMS:",
            )
        words = rest.split()
        if wanted == "ROOT":
            term = _declare(draft, words, number)
        elif wanted == "GENES":
            for gene in words:
                draft.add_pair(term, gene, number)
        else:
            for child in words:
                draft.add_link(child, term, number)
        wanted = _NEXT[wanted]
    if wanted != "ROOT":
        raise draft.refuse(
            "the file ends within a term", number, expected=f"{wanted}: of the term {term}", found="the end"
        )
    return draft


def _declare(draft: Draft, words: list[str], line: int) -> str:
    stated = whole_number(words[1]) if len(words) == 2 else None
    if stated is None:
        raise draft.refuse(
            "the line has the wrong columns",
            line,
            expected=f"ROOT: term and its number of contained genes, 0 to {LARGEST:,}",
            found=f"{counted(len(words), 'word')}: {' '.join(words)[:60]!r}",
        )
    draft.add_term(words[0], line)
    draft.stated_genes[words[0]] = (stated, line)
    return words[0]
