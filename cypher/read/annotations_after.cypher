// The annotations of one file that pass a choice and stand after a line, at most so many; what is null chooses nothing.
// mode: read
// parameters: source, after, size, products, terms, evidence, negated, genome, release
// returns: source, line, genes, product, product_symbol, stated, terms, negated, relation, evidence, date, references, assigned_by
MATCH (a:Annotation)
USING INDEX a:Annotation(source, line)
WHERE a.source = $source AND a.line > $after AND EXISTS { (:AnnotationFile {name: $source, status: 'ready'}) }
  AND ($evidence IS NULL OR a.evidence = $evidence) AND ($negated IS NULL OR a.negated = $negated)
  AND ($products IS NULL OR EXISTS { (a)-[:OF]->(p:Product) WHERE p.id IN $products })
  AND ($terms IS NULL OR EXISTS { (a)-[:TO]->(i:GoId) WHERE i.id IN $terms })
WITH a
ORDER BY a.source, a.line
LIMIT $size
MATCH (a)-[:OF]->(p:Product)
MATCH (a)-[:TO]->(i:GoId)
RETURN a.source AS source, a.line AS line,
  COLLECT { MATCH (p)-[:MAPS_TO]->(g:Gene {genome: $genome}) RETURN [g.id, g.symbol] ORDER BY g.id } AS genes,
  p.id AS product, p.symbol AS product_symbol, i.id AS stated,
  COLLECT {
    MATCH (i)<-[link:VERSION_OF|ALT_ID]-(t:Term {release: $release})
    RETURN [t.id, t.name] ORDER BY type(link), t.id
  } AS terms,
  a.negated AS negated, a.relation AS relation, a.evidence AS evidence, toString(a.date) AS date,
  a.references AS references, a.assigned_by AS assigned_by
ORDER BY source, line
