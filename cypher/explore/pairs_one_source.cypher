// Pairs of a term and its direct gene that no other loaded file supports, without NOT and ND.
// mode: read
// parameters: release, genome, source, branch, limit
// returns: term, name, gene, symbol, evidence, date
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $source: source = newest; the annotation file
// $branch: text = biological_process; the branch of the ontology
// $limit: number = 200; rows at most
// example: source=sgd-2011 branch=molecular_function
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE NOT a.negated AND a.evidence <> 'ND'
MATCH (a)-[:TO]->(i:GoId)
WITH DISTINCT i
MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release, namespace: $branch})
WHERE NOT t.obsolete
WITH DISTINCT t
ORDER BY t.id
MATCH (t)-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(b:Annotation)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WHERE NOT b.negated AND b.evidence <> 'ND'
WITH t, g, collect(DISTINCT b.source) AS sources, collect(DISTINCT b.evidence) AS evidence, min(b.date) AS date
WHERE sources = [$source]
WITH t, g, evidence, date
ORDER BY t.id, g.id
LIMIT $limit
RETURN t.id AS term, t.name AS name, g.id AS gene, g.symbol AS symbol,
  COLLECT { UNWIND evidence AS code RETURN code ORDER BY code } AS evidence, date
ORDER BY term, gene
