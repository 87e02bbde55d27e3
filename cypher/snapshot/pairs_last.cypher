// Candidate terms with their pairs: of the records that pass the filters only the last listed of a pair counts
// (docs/snapshots.md, 1 and 2).
// mode: write
// parameters: snapshot, release, sources, genome, gene_list, namespaces, negated, no_data, exclude, asserted_from, asserted_until
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
WITH t, g, a, reduce(place = 0, i IN range(0, size($sources) - 1) |
  CASE WHEN $sources[i] = a.source THEN i ELSE place END) AS place
ORDER BY place DESC, a.last_line DESC
WITH t, g, collect(a)[0] AS last
WITH t, collect({gene: g, last: last}) AS pairs
CREATE (s:SnapTerm {snapshot: $snapshot, id: t.id, name: t.name, namespace: t.namespace, root: t.root,
  annotated: true, kept: true, wave: 0})-[:OF_TERM]->(t)
WITH s, pairs
UNWIND pairs AS pair
WITH s, pair.gene AS g, pair.last AS last
CREATE (s)-[:RAW_GENE {evidence: [last.evidence], dates: [last.last_date], sources: [last.source]}]->(g)
RETURN count(DISTINCT s) AS terms, count(*) AS pairs
