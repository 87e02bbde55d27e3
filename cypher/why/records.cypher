// What some files say about the genes, or about one gene, of some live terms of a release.
// mode: read
// parameters: release, terms, sources, genome, gene
// returns: term, gene, symbol, source, evidence, negated, dates, last_date, line
UNWIND $terms AS id
MATCH (t:Term {release: $release, id: id})
USING INDEX t:Term(release, id)
MATCH (t)-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(a:Annotation)
WHERE a.source IN $sources
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene)
WHERE g.genome = $genome AND ($gene IS NULL OR g.id = $gene)
RETURN t.id AS term, g.id AS gene, g.symbol AS symbol, a.source AS source, a.evidence AS evidence, a.negated AS negated,
  a.dates AS dates, a.last_date AS last_date, a.last_line AS line
ORDER BY term, gene, source, line
