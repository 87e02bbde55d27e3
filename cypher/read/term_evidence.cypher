// How many annotations each visible file has to the ids of a term, by evidence code.
// mode: read
// parameters: ids
// returns: source, negated, evidence, annotations
MATCH (i:GoId)
USING INDEX i:GoId(id)
WHERE i.id IN $ids
MATCH (i)<-[:TO]-(a:Annotation)
WHERE EXISTS { (:AnnotationFile {name: a.source, status: 'ready'}) }
RETURN a.source AS source, a.negated AS negated, a.evidence AS evidence, count(*) AS annotations
ORDER BY source, negated, evidence
