// One page of the annotations that pass a choice; what is null chooses nothing. The whole choice is sorted, absent
// values come last, and those that are alike stay in the order of the files.
// mode: read
// parameters: sources, products, terms, evidence, negated, genome, release, sort, descending, offset, size
// returns: source, line, genes, product, product_symbol, stated, terms, negated, relation, evidence, date, references, assigned_by
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
WITH a, CASE $sort
    WHEN 'file' THEN [a.source, a.line]
    WHEN 'gene' THEN COLLECT {
      MATCH (a)-[:OF]->(p:Product)
      OPTIONAL MATCH (p)-[:MAPS_TO]->(g:Gene {genome: $genome})
      RETURN toLower(coalesce(g.id, p.id)) AS id
      ORDER BY id
    }
    WHEN 'symbol' THEN COLLECT {
      MATCH (a)-[:OF]->(p:Product)
      OPTIONAL MATCH (p)-[:MAPS_TO]->(g:Gene {genome: $genome})
      RETURN toLower(coalesce(g.symbol, p.symbol)) AS symbol
      ORDER BY symbol
    }
    WHEN 'term' THEN head(COLLECT { MATCH (a)-[:TO]->(i:GoId) RETURN i.id })
    WHEN 'name' THEN head(COLLECT {
      MATCH (a)-[:TO]->(:GoId)<-[link:VERSION_OF|ALT_ID]-(t:Term {release: $release})
      RETURN toLower(t.name)
      ORDER BY type(link), t.id
    })
    WHEN 'negated' THEN a.negated
    WHEN 'relation' THEN a.relation
    WHEN 'evidence' THEN a.evidence
    WHEN 'date' THEN a.date
    WHEN 'references' THEN a.references
    WHEN 'assigned_by' THEN a.assigned_by
  END AS key
ORDER BY key IS NULL, CASE WHEN NOT $descending THEN key END, CASE WHEN $descending THEN key END DESC, a.source, a.line
SKIP $offset
LIMIT $size
WITH collect(a) AS page
UNWIND range(0, size(page) - 1) AS place
WITH place, page[place] AS a
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
ORDER BY place
