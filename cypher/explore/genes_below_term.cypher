// Genes annotated to a term or to any term below it over is_a and part_of, without NOT, with the files that say so.
// mode: read
// parameters: release, genome, term, limit
// returns: gene, symbol, terms, sources, evidence
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $term: term; the term
// $limit: number = 1000; rows at most
// example: term=GO:0006302
MATCH (:Term {release: $release, id: $term})<-[:IS_A|PART_OF*0..40]-(d:Term)
WHERE NOT d.obsolete
WITH DISTINCT d
MATCH (d)-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(a:Annotation)
WHERE NOT a.negated
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WITH g, count(DISTINCT d) AS terms, collect(DISTINCT a.source) AS sources, collect(DISTINCT a.evidence) AS evidence
RETURN g.id AS gene, g.symbol AS symbol, terms,
  COLLECT { UNWIND sources AS name RETURN name ORDER BY name } AS sources,
  COLLECT { UNWIND evidence AS code RETURN code ORDER BY code } AS evidence
ORDER BY gene
LIMIT $limit
