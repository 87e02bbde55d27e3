// Annotations of a file as they are stored.
// mode: read
// parameters: source
// returns: line, product, term, evidence, negated, dates
MATCH (a:Annotation {source: $source})-[:OF]->(p:Product)
MATCH (a)-[:TO]->(i:GoId)
RETURN a.line AS line, p.id AS product, i.id AS term, a.evidence AS evidence, a.negated AS negated, a.dates AS dates
ORDER BY line
