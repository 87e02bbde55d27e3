// How many annotations each visible file has to a gene, by evidence code.
// mode: read
// parameters: genome, gene
// returns: source, negated, evidence, annotations
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)
WHERE EXISTS { (:AnnotationFile {name: a.source, status: 'ready'}) }
RETURN a.source AS source, a.negated AS negated, a.evidence AS evidence, count(*) AS annotations
ORDER BY source, negated, evidence
