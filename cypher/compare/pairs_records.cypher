// What a comparison of pairs needs of the annotations of a source, in blocks as in waterfall_records. A relation
// that only the format implies says so.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, relation, paper
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(a.evidence) AS evidence,
  collect(a.negated) AS negated,
  collect(CASE WHEN size(a.dates) = 1 THEN a.date.year * 10000 + a.date.month * 100 + a.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(CASE WHEN a.relation_stated THEN a.relation ELSE a.relation + ' (implied)' END) AS relation,
  collect(a.paper) AS paper
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days,
  collect(relation) AS relation,
  collect(paper) AS paper
RETURN block, product, stated, evidence, negated, days, relation, paper
ORDER BY block
