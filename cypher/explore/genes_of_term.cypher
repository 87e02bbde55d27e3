// Genes annotated to a term itself, with evidence, date and file; NOT annotations are marked.
// mode: read
// parameters: release, genome, term, limit
// returns: gene, symbol, source, evidence, negated, date, paper, assigned_by
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $term: term; the term
// $limit: number = 500; rows at most
// example: term=GO:0006281
MATCH (t:Term {release: $release, id: $term})-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(a:Annotation)
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
RETURN g.id AS gene, g.symbol AS symbol, a.source AS source, a.evidence AS evidence, a.negated AS negated,
  a.date AS date, a.paper AS paper, a.assigned_by AS assigned_by
ORDER BY gene, source, date, evidence, paper, a.line
LIMIT $limit
