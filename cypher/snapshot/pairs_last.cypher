// Candidate terms with their pairs: of the records that pass the filters only the last listed of a pair counts
// (docs/snapshots.md, 1 and 2). Lists are ordered by their first entries: the place of the file in $places, then the line,
// which no two annotations of a file share.
// mode: write
// parameters: snapshot, release, sources, places, genome, gene_list, namespaces, negated, no_data, exclude, asserted_from, asserted_until
// returns: terms, pairs
MATCH (a:Annotation)
USING INDEX a:Annotation(source)
WHERE a.source IN $sources
  AND ($negated OR NOT a.negated)
  AND ($no_data OR a.evidence <> 'ND')
  AND NOT a.evidence IN $exclude
  AND ($asserted_from IS NULL OR a.last_date >= $asserted_from)
  AND ($asserted_until IS NULL OR a.last_date <= $asserted_until)
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE NOT t.obsolete AND t.namespace IN $namespaces AND (t.root OR a.evidence <> 'ND')
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WHERE $gene_list IS NULL OR EXISTS { (g)<-[:LISTS]-(:GeneList {name: $gene_list}) }
WITH t, g, max([$places[a.source], a.last_line, a.evidence, a.last_date, a.source]) AS last
WITH t, collect([g, last]) AS pairs
CREATE (s:SnapTerm {snapshot: $snapshot, id: t.id, name: t.name, namespace: t.namespace, root: t.root,
  annotated: true, kept: true, wave: 0})-[:OF_TERM]->(t)
WITH s, pairs
UNWIND pairs AS pair
WITH s, pair[0] AS g, pair[1] AS last
CREATE (s)-[:RAW_GENE {evidence: [last[2]], dates: [last[3]], sources: [last[4]]}]->(g)
RETURN count(DISTINCT s) AS terms, count(*) AS pairs
