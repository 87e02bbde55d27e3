"""Any mangled OBO file is read with an exact account of its terms and links, or refused whole."""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.graph.records import ontology_rows
from dcell_graph.sources.obo import Ontology, read_obo
from tests.obo_files import HEADER

IDS = [f"GO:900000{number}" for number in range(6)]
CLAUSES = st.one_of(
    st.builds("is_a: {} ! a name".format, st.sampled_from([*IDS, "GO:9999999", ""])),
    st.builds(
        "relationship: {} {}".format, st.sampled_from(["part_of", "regulates", "has_part"]), st.sampled_from(IDS)
    ),
    st.builds("id: {}".format, st.sampled_from(IDS)),
    st.sampled_from(
        [
            *('name: a {x="y"} ! z', "name: b", "namespace: external", "is_obsolete: true", "alt_id: GO:9000005"),
            *('def: "a \\" b" [X:1]', 'synonym: "s" EXACT []', "relationship: part_of", "relationship:", "is_a:"),
            *("xref: x", "no clause", "! comment", "", "[Typedef]", "[Term", "[x]", "is_a: GO:9000001 {a=b}", "id:"),
        ]
    ),
)
BAD_BYTES = [b":", b" ", b"!", b"[", b"]", b"\xff", b"\r", b"{", b'"', b"\\", b"\n", b"\xc2\xa0"]


@st.composite
def stanzas(draw: st.DrawFn) -> bytes:
    first = draw(st.sampled_from(["id: " + name for name in IDS] * 3 + ["name: nobody"]))
    text = "\n".join(["[Term]", first, *draw(st.lists(CLAUSES, max_size=6))]).encode()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(BAD_BYTES)) + text[place + draw(st.integers(0, 1)) :]
    return text


@dataclass
class Account:
    """What has to become of the stanzas and links of a file, worked out without the reader."""

    terms: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    links: list[tuple[int, str, str, str]] = field(default_factory=list)


def account(content: bytes) -> Account:
    found = Account()
    stanza: tuple[int, list[tuple[int, str, str]]] | None = None
    every = []
    for number, raw in enumerate(content.split(b"\n"), start=1):
        line = raw.decode("utf-8", "replace").strip()
        if not line or line.startswith("!"):
            continue
        if head := re.fullmatch(r"\[(\w+)\]\s*([!{].*)?", line):
            stanza = (number, []) if head[1] == "Term" else None
            every += [stanza] if stanza else []
        elif stanza is not None:
            tag, _, value = line.partition(":")
            stanza[1].append((number, tag.strip(), value.strip()))
    for number, clauses in every:
        own = ""
        links = []
        for line_number, tag, value in clauses:
            words = value.partition("!")[0].split()
            if tag == "id" and words:
                if own and words[0] != own:
                    break  # another term, of which the head is lost
                own = words[0]
            elif tag == "is_a" and words:
                links.append((line_number, 0, "is_a", words[0]))
            elif tag == "relationship" and words:
                links.append((line_number, 1, words[0], words[1] if len(words) > 1 else ""))
        if not own:
            found.refused.append((number, "structure"))
        elif own in found.terms:
            found.refused.append((number, "repeated"))
        else:
            found.terms.append(own)
            ordered = sorted(links, key=lambda link: link[1])  # is_a before the others
            found.links += [(line_number, own, relation, parent) for line_number, _, relation, parent in ordered]
    return found


def check(content: bytes, ontology: Ontology) -> None:
    expected = account(content)
    known = set(expected.terms)
    kept: list[tuple[str, str, str]] = []
    fates: list[tuple[int, str, str]] = []
    for line, child, relation, parent in expected.links:
        if parent not in known:
            fates.append((line, "refused", "dangling"))
        elif (child, relation, parent) in kept:
            fates.append((line, "merged", "duplicate"))
        else:
            kept.append((child, relation, parent))
    remarks = [(finding.line or 0, finding.outcome, finding.reason) for finding in ontology.findings]

    assert [term.id for term in ontology.terms] == expected.terms
    assert [(edge.child, edge.relation, edge.parent) for edge in ontology.edges] == kept
    assert [remark for remark in remarks if remark[2] in ("dangling", "duplicate")] == fates
    assert not Counter((line, "refused", reason) for line, reason in expected.refused) - Counter(remarks)
    assert len(expected.links) == len(kept) + len(fates)


@given(st.lists(stanzas(), max_size=8), st.booleans(), st.booleans())
def test_every_stanza_and_link_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, found: list[bytes], dos: bool, packed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled.obo"
    content = HEADER.encode() + b"\n".join([b"", *found])
    if dos:
        content = b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")
    path.write_bytes(gzip.compress(content) if packed else content)
    if not account(content).terms:
        with pytest.raises(FileRefused, match=r"no \[Term\] stanza was found"):
            read_obo(path)
        return
    check(content, read_obo(path))


@given(st.lists(CLAUSES, min_size=6, max_size=6), st.permutations(range(6)))
def test_the_order_of_stanzas_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, clauses: list[str], order: list[int]
) -> None:
    clauses = [clause if not clause.startswith(("[", "id")) else "is_a: GO:9000000" for clause in clauses]
    found = [f"\n[Term]\nid: {name}\n{clause}\n" for name, clause in zip(IDS, clauses, strict=True)]
    path = tmp_path_factory.getbasetemp() / "order.obo"
    read = []
    for text in ("".join(found), "".join(found[place] for place in order)):
        path.write_text(HEADER + text)
        ontology = read_obo(path)
        terms = {term._replace(line=0) for term in ontology.terms}
        content = ontology_rows(ontology).content()
        read.append((set(ontology.edges), terms, ontology.roots, content, len(ontology.findings)))
    assert read[0] == read[1]


RINGS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9)


@given(RINGS)
def test_cycles_are_found_where_a_walk_comes_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "ring.obo"
    parents = {place: sorted({parent for child, parent in pairs if child == place}) for place in range(6)}
    path.write_text(
        HEADER
        + "".join(
            f"\n[Term]\nid: {IDS[place]}\nname: x\nnamespace: external\n"
            + "".join(f"is_a: {IDS[parent]}\n" for parent in parents[place])
            for place in range(6)
        )
    )

    def above(place: int) -> set[int]:
        reached: set[int] = set()
        todo = list(parents[place])
        while todo:
            parent = todo.pop()
            if parent not in reached:
                reached.add(parent)
                todo += parents[parent]
        return reached

    rings = {frozenset(other for other in above(place) if place in above(other)) for place in range(6)} - {frozenset()}
    found = {
        frozenset(IDS.index(name) for name in re.findall(r"GO:\d{7}", finding.text.split(": ")[0]))
        for finding in read_obo(path).findings
        if finding.reason == "cycle"
    }
    assert found == rings


TEXT = HEADER.encode() + b"".join(f"\n[Term]\nid: {name}\nname: n\nis_a: {IDS[0]}\n".encode() for name in IDS)


@given(st.floats(0, 0.99))
def test_cut_off_data_are_refused(tmp_path_factory: pytest.TempPathFactory, keep: float) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.obo"
    packed = gzip.compress(TEXT)
    path.write_bytes(packed[: max(2, int(keep * len(packed)))])
    with pytest.raises(FileRefused, match="damaged or cut off"):
        read_obo(path)


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_changed_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int) -> None:
    dice = random.Random(seed)
    content = bytearray(TEXT)
    for _ in range(changes):
        content[dice.randrange(len(HEADER), len(content))] = dice.randrange(256)
    path = tmp_path_factory.getbasetemp() / "bytes.obo"
    path.write_bytes(content)
    if account(bytes(content)).terms:
        check(bytes(content), read_obo(path))
