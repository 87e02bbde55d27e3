"""GraphML against networkx, HCX against its schema and with files of others, and OBO graphs by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from dcell_graph.errors import FileRefused, SnapshotError
from dcell_graph.snapshot.exchange.formats import export_snapshot, import_snapshot
from tests.exchange_files import changed, contained_by_search, kite, links_of, pairs_of, rich, written


def test_networkx_reads_what_we_write(tmp_path: Path) -> None:
    export_snapshot(rich(), tmp_path / "a.graphml", "graphml")
    graph = nx.read_graphml(tmp_path / "a.graphml")
    assert graph.is_directed()
    terms = {node for node, kind in graph.nodes(data="kind") if kind == "term"}
    assert terms == {"GO:R", "GO:A", "GO:B", "GO:C"}
    assert {node for node, kind in graph.nodes(data="kind") if kind == "gene"} == {"G0", "G1", "G2", "G3"}
    assert {(a, b) for a, b in graph.edges if a in terms} == links_of(rich())
    assert {(b, a) for a, b in graph.edges if a not in terms} == pairs_of(rich())
    assert graph.nodes["GO:A"] == {
        "kind": "term",
        "index": 1,
        "name": "line\nend | bar",
        "namespace": "biological_process",
        "artificial": False,
        "direct_genes": 1,
        "contained_genes": 2,
    }
    assert graph.edges["G3", "GO:C"] == {"kind": "annotation", "evidence": "TAS"}
    assert json.loads(graph.graph["dcell_graph_manifest"])["snapshot_id"] == rich().manifest.snapshot_id
    assert [row["term"] for row in json.loads(graph.graph["dcell_graph_removed"])] == ["GO:X", "GO:Y"]


def test_we_read_what_networkx_writes(tmp_path: Path) -> None:
    graph: Any = nx.DiGraph()
    for term in ("T0", "T1", "T2"):
        graph.add_node(term, kind="term", name=f"<{term}>", weight=1.5)
    graph.add_node("G", kind="gene")
    graph.add_edges_from([("T1", "T0"), ("T2", "T0"), ("G", "T1")])
    nx.write_graphml(graph, tmp_path / "a.graphml")
    found = import_snapshot(tmp_path / "a.graphml", "graphml").snapshot
    assert (links_of(found), pairs_of(found)) == ({("T1", "T0"), ("T2", "T0")}, {("T1", "G")})
    assert found.terms["name"].tolist() == ["<T0>", "<T1>", "<T2>"]
    assert found.manifest.recipe == {"imported": {"format": "graphml"}}


def graphml(body: str, *, directed: str = "directed", keys: str = "") -> dict[str, str | bytes]:
    return {
        "a": '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        f'<key id="k" for="node" attr.name="kind"/>{keys}\n'
        f'<graph edgedefault="{directed}">\n{body}\n</graph>\n</graphml>\n'
    }


TERM, GENE = (f'<node id="{{}}"><data key="k">{kind}</data></node>' for kind in ("term", "gene"))
TWO = TERM.format("A") + "\n" + GENE.format("G") + "\n"


def test_defaults_of_attributes(tmp_path: Path) -> None:
    keys = '<key id="n" for="node" attr.name="name"><default>none</default></key>'
    path = written(tmp_path, graphml(TWO + '<edge source="G" target="A"/>', keys=keys))
    assert import_snapshot(path, "graphml").snapshot.terms["name"].tolist() == ["none"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": "<graphml>\n<graph"}, ["a:2: the file is not XML"]),
        ({"a": "GO:1 GO:2\n"}, ["a:1: the file is not XML"]),
        ({"a": "<html></html>"}, ["a:1: this is not GraphML", "found <html>"]),
        ({"a": "<graphml></graphml>"}, ["this is not GraphML", "expected a <graph>"]),
        ({"a": '<!DOCTYPE x [<!ENTITY e "e">]>\n<graphml/>'}, ["a:1: the file declares a document type"]),
        (graphml(TWO, directed="undirected"), ["a:3: the graph is not directed", "found undirected"]),
        (graphml(TWO + "<hyperedge/>"), ["a:6: there is a hyperedge"]),
        (graphml(TWO + '<node id="B"><graph edgedefault="directed"/></node>'), ["a:6: there is a second graph"]),
        (graphml('<node id="A"/>'), ["a:4: the node cannot be used", "id 'A', kind ''"]),
        (graphml('<node><data key="k">term</data></node>'), ["a:4: the node cannot be used"]),
        (graphml('<node id="A"><data key="z">term</data></node>'), ["a:4: the data have no key", "found z"]),
        (graphml(TWO + TERM.format("A")), ["a:6: the term A is declared twice", "line 4"]),
        (graphml(TWO + GENE.format("G")), ["a:6: the gene G is listed twice"]),
        (graphml(TWO + TERM.format("G")), ["a:6: the node cannot be used"]),
        (graphml(TWO + '<edge source="B" target="A"/>'), ["a:6: the node B is used but not declared"]),
        (graphml(TWO + '<edge source="A" target="G"/>'), ["a:6: the edge leads to a gene", "found A to G", "turn"]),
        (graphml(TWO + '<edge source="A" target="A"/>'), ["a:6: the hierarchy has a cycle"]),
        (graphml(GENE.format("G")), ["the file holds no terms"]),
        (
            graphml(
                '<node id="A"><data key="k">term</data><data key="i">x</data></node>',
                keys='<key id="i" for="node" attr.name="index"/>',
            ),
            ["a:4: the index of the node is no number", "found 'x'"],
        ),
        (
            graphml('<data key="m">{}</data>' + TWO, keys='<key id="m" for="graph" attr.name="dcell_graph_manifest"/>'),
            ["the manifest that the file carries is not usable"],
        ),
        (
            graphml('<data key="m">[1]</data>' + TWO, keys='<key id="m" for="graph" attr.name="dcell_graph_removed"/>'),
            ["dcell_graph_removed of the graph cannot be read"],
        ),
        (
            graphml(
                '<data key="m">[{"term": "X", "stage": "y", "direct_genes": 99999999999999}]</data>' + TWO,
                keys='<key id="m" for="graph" attr.name="dcell_graph_removed"/>',
            ),
            ["a: the removed term 1 cannot be read", "direct_genes as a whole number", "found 99999999999999"],
        ),
    ],
)
def test_graphml_that_cannot_be_used(tmp_path: Path, files: dict[str, str | bytes], words: list[str]) -> None:
    with pytest.raises(FileRefused) as caught:
        import_snapshot(written(tmp_path, files), "graphml")
    for part in words:
        assert part in str(caught.value)


def exported_hcx(tmp_path: Path) -> list[dict[str, Any]]:
    export_snapshot(rich(), tmp_path / "a.cx2", "hcx")
    content: list[dict[str, Any]] = json.loads((tmp_path / "a.cx2").read_text(encoding="utf-8"))
    return content


def test_hcx_keeps_its_schema(tmp_path: Path) -> None:
    content = exported_hcx(tmp_path)
    assert content[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert content[-1] == {"status": [{"error": "", "success": True}]}
    aspects = {name: items for part in content[1:-1] for name, items in part.items()}
    assert {entry["name"]: entry["elementCount"] for entry in aspects["metaData"]} == {
        name: len(items) for name, items in aspects.items() if name != "metaData"
    }
    (about,) = aspects["networkAttributes"]
    assert (about["ndexSchema"], about["HCX::modelFileCount"]) == ("hierarchy_v0.1", 1)
    genes = {node["id"]: node["v"]["name"] for node in aspects["interactionNetwork::nodes"]}
    terms = {node["id"]: node["v"] for node in aspects["nodes"]}
    assert [value["represents"] for value in terms.values() if value["HCX::isRoot"]] == ["GO:R"]
    expected = contained_by_search(rich())
    for value in terms.values():
        assert {genes[number] for number in value["HCX::members"]} == expected[value["represents"]]
        assert set(value["HCX::memberNames"]) == expected[value["represents"]]
    assert {(terms[edge["t"]]["represents"], terms[edge["s"]]["represents"]) for edge in aspects["edges"]} == links_of(
        rich()
    )
    # Every attribute is declared, with a type of CX2.
    (declared,) = aspects["attributeDeclarations"]
    for aspect, items in {"nodes": terms.values(), "edges": [edge["v"] for edge in aspects["edges"]]}.items():
        assert {name for value in items for name in value} == set(declared[aspect])
    assert set(about) == set(declared["networkAttributes"])
    assert {entry["d"] for names in declared.values() for entry in names.values()} <= {
        *("string", "integer", "boolean", "list_of_long", "list_of_string")
    }


NODES: list[dict[str, Any]] = [
    {"id": 7, "v": {"n": "top", "HCX::isRoot": True, "HCX::memberNames": ["A", "B", "C"]}},
    {"id": 9, "v": {"n": "left", "HCX::memberNames": ["A", "B"]}},
    {"id": 8, "v": {"n": "low", "HCX::memberNames": ["A"]}},
]
DECLARED = {"nodes": {"name": {"a": "n", "d": "string"}, "HCX::isRoot": {"d": "boolean", "v": False}}}
DOWN = [{"id": 0, "s": 7, "t": 9}, {"id": 1, "s": 9, "t": 8}]


def hcx(nodes: Any = NODES, edges: Any = DOWN, **others: Any) -> dict[str, str | bytes]:
    parts = [{"CXVersion": "2.0", "hasFragments": True}, {"attributeDeclarations": [DECLARED]}, {"nodes": nodes[:1]}]
    parts += [{"nodes": nodes[1:]}, {"edges": edges}, *({name: value} for name, value in others.items())]
    return {"a.cx2": json.dumps(parts, indent=0)}


@pytest.mark.parametrize("upward", [False, True])
def test_hcx_of_others(tmp_path: Path, upward: bool) -> None:
    edges = [{"id": edge["id"], "s": edge["t"], "t": edge["s"]} for edge in DOWN] if upward else DOWN
    found = import_snapshot(written(tmp_path, hcx(edges=edges)), "hcx")
    assert links_of(found.snapshot) == {("left", "top"), ("low", "left")}
    assert pairs_of(found.snapshot) == {("top", "C"), ("left", "B"), ("low", "A")}
    assert found.snapshot.terms["term"].tolist() == ["top", "low", "left"]
    assert found.snapshot.manifest.recipe == {"imported": {"format": "hcx"}}
    assert found.notes == ("each gene is attached to the most special terms that have it as a member",)


def test_members_by_other_names(tmp_path: Path) -> None:
    lists = [["A", "B", "C"], ["A", "B"], ["A"]]
    spaced = [
        {"id": n["id"], "v": {"n": n["v"]["n"], "CD_MemberList": " ".join(g)}}
        for n, g in zip(NODES, lists, strict=True)
    ]
    numbered = [
        {"id": n["id"], "v": {"n": n["v"]["n"], "HCX::members": ["ABC".index(gene) + 5 for gene in genes]}}
        for n, genes in zip(NODES, lists, strict=True)
    ]
    network = {
        "interactionNetwork::nodes": [{"id": place + 5, "v": {"name": gene}} for place, gene in enumerate("ABC")]
    }
    for number, files in enumerate((hcx(spaced), hcx(numbered, **network))):
        found = import_snapshot(written(tmp_path / str(number), files), "hcx").snapshot
        assert pairs_of(found) == {("top", "C"), ("left", "B"), ("low", "A")}
    with pytest.raises(FileRefused, match=r"a\.cx2:\d+: the members of the node have no names here.*another file"):
        import_snapshot(written(tmp_path / "other", hcx(numbered)), "hcx")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": '[{"CXVersion": "2.0"},\n{"nodes": [}]'}, ["a:2: the file is not JSON"]),
        ({"a": '{"nodes": []}'}, ["a:1: this is not CX2"]),
        ({"a": '[{"CXVersion": "1.0"}]'}, ["a:1: this is not CX2", "NDEx"]),
        ({"a": '[{"CXVersion": "2.0"},\n3]'}, ["a:2: a part of the file is no object"]),
        ({"a": '[{"CXVersion": "2.0"},\n{"nodes": [\n3]}]'}, ["a:3: a part of the file is no object"]),
        ({"a": '[{"CXVersion": "2.0"}]'}, ["the file holds no terms"]),
        ({"a": "[" * 5000}, ["too many brackets"]),
        (hcx([{"id": "x", "v": {"n": "A"}}], []), ["the node cannot be used", "id 'x'"]),
        (hcx([{"id": 1, "v": {}}], []), ["the node cannot be used", "name None"]),
        (hcx([{"id": 1, "v": {"n": "A"}}, {"id": 1, "v": {"n": "B"}}], []), ["the node cannot be used"]),
        (hcx([{"id": 1, "v": {"n": "A"}}, {"id": 2, "v": {"n": "A"}}], []), ["the term A is declared twice"]),
        (hcx(edges=[{"id": 0, "s": 7, "t": 1}]), ["the node 1 is used but not declared", "t 1"]),
        (hcx(edges=[{"id": 0, "s": [7], "t": 8}]), ["the node [7] is used but not declared"]),
        (hcx(edges=[*DOWN, {"id": 2, "s": 8, "t": 7}]), ["the hierarchy has a cycle"]),
        (hcx([{"id": 1, "v": {"n": "A", "HCX::memberNames": "x"}}], []), ["memberNames cannot be read"]),
        (hcx([{"id": 1, "v": {"n": "A", "HCX::members": [[1]]}}], []), ["the members of the node have no names"]),
        (
            hcx([{"id": 1, "v": {"n": "A", "dcell_graph::genes": ["x"], "dcell_graph::evidence": ["a", "b"]}}], []),
            ["1, 2 and 1"],
        ),
        (hcx([{"id": 1, "v": {"n": "A", "HCX::memberNames": ["\ud800"]}}], []), ["a gene cannot have this id"]),
        (hcx([{"id": 1, "v": {"n": "x", "represents": "A", "name": "\ud800"}}], []), ["half a character"]),
        (hcx(**{"dcell_graph::removed": [{"term": "x"}]}), ["the removed term 1 cannot be read"]),
        (
            hcx(**{"dcell_graph::removed": [{"term": "x", "stage": "y", "direct_genes": "z"}]}),
            ["a.cx2:", "the removed term 1 cannot be read", "found 'z'"],
        ),
        *(
            (
                hcx(**{"dcell_graph::removed": [{"term": "x", "stage": "y", "direct_genes": number}]}),
                [f"found {number}"],
            )
            for number in (99999999999999, 2**31, -1, 1.5, True, None)
        ),
    ],
)
def test_hcx_that_cannot_be_used(tmp_path: Path, files: dict[str, str | bytes], words: list[str]) -> None:
    with pytest.raises(FileRefused) as caught:
        import_snapshot(written(tmp_path, files), "hcx")
    for part in words:
        assert part in str(caught.value)


def test_lines_of_hcx_are_named(tmp_path: Path) -> None:
    exported_hcx(tmp_path)
    lines = (tmp_path / "a.cx2").read_text(encoding="utf-8").split("\n")
    number = next(place for place, line in enumerate(lines) if line.startswith('{"id": 2, "s"'))
    lines[number] = lines[number].replace('"t": ', '"t": 77')
    (tmp_path / "a.cx2").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FileRefused, match=rf"a\.cx2:{number + 1}: the node 77\d is used but not declared"):
        import_snapshot(tmp_path / "a.cx2", "hcx")


@pytest.mark.parametrize("source_format", ["graphml", "hcx"])
def test_what_was_changed_is_not_passed_off_as_the_snapshot(tmp_path: Path, source_format: str) -> None:
    export_snapshot(kite(), tmp_path / "a", source_format)
    text = (tmp_path / "a").read_text(encoding="utf-8")
    assert "IDA" in text
    (tmp_path / "a").write_text(text.replace("IDA", "IEA", 1), encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"not that of the snapshot whose manifest.*take the manifest out"):
        import_snapshot(tmp_path / "a", source_format)
    other = kite().manifest.model_copy(update={"version": 2}).model_dump_json()
    (tmp_path / "b.cx2").write_text(str(hcx(networkAttributes=[{"dcell_graph::manifest": other}])["a.cx2"]))
    with pytest.raises(SnapshotError, match="expected version 1, found version 2"):
        import_snapshot(tmp_path / "b.cx2", "hcx")


def test_obographs_by_hand(tmp_path: Path) -> None:
    named = changed(kite(), terms_name=["root", "a", "", "c"], terms_namespace=["x", "", "", ""])
    done = export_snapshot(named, tmp_path / "a.json", "obographs")
    (graph,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["graphs"]
    obo = "http://purl.obolibrary.org/obo/GO_"
    in_owl = "http://www.geneontology.org/formats/oboInOwl#"
    assert {(edge["sub"], edge["pred"], edge["obj"]) for edge in graph["edges"]} == {
        (f"{obo}{child}", "is_a", f"{obo}{parent}") for child, parent in ("AR", "BR", "CA", "CB")
    }
    assert graph["nodes"][0] == {
        "id": f"{obo}R",
        "lbl": "root",
        "type": "CLASS",
        "meta": {
            "basicPropertyValues": [
                {"pred": f"{in_owl}id", "val": "GO:R"},
                {"pred": f"{in_owl}hasOBONamespace", "val": "x"},
            ]
        },
    }
    assert "lbl" not in graph["nodes"][2]
    about = {entry["pred"]: entry["val"] for entry in graph["meta"]["basicPropertyValues"]}
    assert about["snapshot_id"] == named.manifest.snapshot_id
    assert "generated" in about
    assert not done.returns
