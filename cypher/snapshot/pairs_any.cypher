// Candidate terms with their pairs: every record that passes the filters counts (docs/snapshots.md, 1 and 2).
// RAW_GENE keeps the records of a pair as three lists of equal length, sorted, so that later stages can drop some of them.
// mode: write
// parameters: snapshot, release, sources, genome, gene_list, namespaces, negated, no_data, exclude, asserted_from, asserted_until
// returns: terms, pairs
MATCH (a:Annotation)
USING INDEX a:Annotation(source)
WHERE a.source IN $sources
  AND ($negated OR NOT a.negated)
  AND ($no_data OR a.evidence <> 'ND')
  AND NOT a.evidence IN $exclude
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE NOT t.obsolete AND t.namespace IN $namespaces AND (t.root OR a.evidence <> 'ND')
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WHERE $gene_list IS NULL OR EXISTS { (g)<-[:LISTS]-(:GeneList {name: $gene_list}) }
UNWIND a.dates AS day
WITH DISTINCT t, g, a.source AS source, a.evidence AS evidence, day
WHERE ($asserted_from IS NULL OR day >= $asserted_from) AND ($asserted_until IS NULL OR day <= $asserted_until)
WITH t, g, source, evidence, day
ORDER BY evidence, day, source
WITH t, g, collect(evidence) AS evidence, collect(day) AS dates, collect(source) AS sources
WITH t, collect({gene: g, evidence: evidence, dates: dates, sources: sources}) AS pairs
CREATE (s:SnapTerm {snapshot: $snapshot, id: t.id, name: t.name, namespace: t.namespace, root: t.root,
  annotated: true, kept: true, wave: 0})-[:OF_TERM]->(t)
WITH s, pairs
UNWIND pairs AS pair
WITH s, pair, pair.gene AS g
CREATE (s)-[:RAW_GENE {evidence: pair.evidence, dates: pair.dates, sources: pair.sources}]->(g)
RETURN count(DISTINCT s) AS terms, count(*) AS pairs
