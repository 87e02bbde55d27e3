// How many annotations pass a choice; what is null chooses nothing.
// mode: read
// parameters: sources, products, terms, evidence, negated
// returns: total
MATCH (f:AnnotationFile {status: 'ready'})
WHERE f.name IN $sources
WITH collect(f.name) AS sources
CALL (sources) {
  UNWIND CASE WHEN $products IS NULL AND $terms IS NULL THEN sources END AS source
  MATCH (a:Annotation {source: source})
  USING INDEX a:Annotation(source)
  RETURN a
  UNION ALL
  UNWIND $products AS product
  UNWIND sources AS source
  MATCH (p:Product {source: source, id: product})
  USING INDEX p:Product(source, id)
  MATCH (p)<-[:OF]-(a:Annotation)
  WHERE $terms IS NULL OR EXISTS { (a)-[:TO]->(i:GoId) WHERE i.id IN $terms }
  RETURN a
  UNION ALL
  UNWIND CASE WHEN $products IS NULL THEN $terms END AS term
  MATCH (i:GoId {id: term})
  USING INDEX i:GoId(id)
  MATCH (i)<-[:TO]-(a:Annotation)
  WHERE a.source IN sources
  RETURN a
}
WITH a
WHERE ($evidence IS NULL OR a.evidence = $evidence) AND ($negated IS NULL OR a.negated = $negated)
RETURN count(a) AS total
ORDER BY total
