// Terms that a gene is annotated to, with file, evidence and date; NOT annotations are marked.
// mode: read
// parameters: release, genome, gene, limit
// returns: term, name, namespace, source, evidence, negated, date, last_date, paper
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $gene: gene; the gene, by any of its names
// $limit: number = 500; rows at most
// example: gene=RAD51
MATCH (:Gene {genome: $genome, id: $gene})<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
RETURN t.id AS term, t.name AS name, t.namespace AS namespace, a.source AS source, a.evidence AS evidence,
  a.negated AS negated, a.date AS date, a.last_date AS last_date, a.paper AS paper
ORDER BY term, source, date, evidence, paper, a.line
LIMIT $limit
