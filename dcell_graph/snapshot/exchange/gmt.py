"""GMT, gene sets: a line a term with its id, its name (``na`` for none) and all its contained genes, separated by tabs.

Gene sets have no hierarchy. An import puts them side by side below ``GO:ROOT``; a gene of the set ``GO:ROOT`` that
another set has as well is attached to that one only.
"""

from __future__ import annotations

from pathlib import Path

from dcell_graph.errors import InputError
from dcell_graph.snapshot.exchange.draft import ROOT_NAME, Draft, DraftLink
from dcell_graph.snapshot.exchange.facts import NO_NAME, contained_genes, plain_name
from dcell_graph.snapshot.exchange.reading import filled_lines, sound_text
from dcell_graph.snapshot.exchange.writing import check_ids, write_file
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.sources.text import refuse_if_markup
from dcell_graph.wording import counted

NAME = "gmt"
_EXPECTED = "set, description and genes, separated by tabs"


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write the contained genes of each term, leaving out terms without any; control characters in names become blanks.

    Args:
        snapshot: ids must begin and end without a blank.
        target: a new file.

    Raises:
        InputError: no term contains a gene, an id does not fit, or the file cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME)
    genes = snapshot.genes["gene"].tolist()
    lines = []
    for term, name, contained in zip(
        snapshot.terms["term"], snapshot.terms["name"], contained_genes(snapshot), strict=True
    ):
        if any(text != text.strip() for text in (term, *(genes[index] for index in contained))):
            raise InputError(
                f"an id does not fit the format {NAME}",
                expected="no blank at its ends",
                found=f"the term {term!r} or its genes",
            )
        if contained:
            words = [term, plain_name(name) or NO_NAME, *(genes[index] for index in sorted(contained))]
            lines.append("\t".join(words) + "\n")
    if not lines:
        raise InputError(f"the snapshot does not fit the format {NAME}", expected="genes", found="none")
    write_file(target, lines)
    return ()


def read(path: Path) -> Draft:
    """Read gene sets, plain or gzip, as a flat hierarchy.

    Raises:
        NotFound, FileRefused: there is no such file, or it is not GMT.
    """
    text = sound_text(path, _EXPECTED)
    draft = Draft(path=path, ontology=text.stamp, annotations=text.stamp, declared_by="a line that begins with it")
    sets: dict[str, list[str]] = {}
    for number, line in filled_lines(text):
        refuse_if_markup(path, line, _EXPECTED)
        columns = [column.strip() for column in line.split("\t")]
        genes = [column for column in columns[2:] if column]
        if not columns[0] or not genes:
            raise draft.refuse("the line has the wrong columns", number, expected=_EXPECTED, found=repr(line[:80]))
        draft.add_term(columns[0], number, name=plain_name(columns[1]))
        sets[columns[0]] = genes
    of_others = {gene for term, genes in sets.items() if term != ROOT_ID for gene in genes}
    for term, genes in sets.items():
        for gene in genes:
            if term != ROOT_ID or gene not in of_others:
                draft.add_pair(term, gene, draft.terms[term].line)
    if ROOT_ID not in draft.terms:
        draft.add_term(ROOT_ID, name=ROOT_NAME, artificial=True)
    draft.links = {(term, ROOT_ID): DraftLink(kind="artificial") for term in sets if term != ROOT_ID}
    if draft.links:
        hang = counted(len(draft.links), "term hangs", "terms hang side by side")
        draft.notes.append(f"gene sets have no hierarchy: {hang} on {ROOT_ID}")
    return draft
