// Every annotation of one gene to one of the ids of a term, in all visible files.
// mode: read
// parameters: genome, gene, ids
// returns: source, line, product, stated, negated, relation, evidence, dates, paper, references, with_from, assigned_by
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:MAPS_TO]-(p:Product)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WHERE i.id IN $ids AND EXISTS { (f:AnnotationFile {name: a.source, status: 'ready'}) }
RETURN a.source AS source, a.line AS line, p.id AS product, i.id AS stated, a.negated AS negated,
  a.relation AS relation, a.evidence AS evidence, a.dates AS dates, a.paper AS paper, a.references AS references,
  a.with_from AS with_from, a.assigned_by AS assigned_by
ORDER BY source, line
