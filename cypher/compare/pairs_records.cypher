// What a comparison of pairs needs of the annotations of a source, in blocks as in waterfall_records. A relation
// that only the format implies says so.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, relation, paper
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p, i, a, a {.evidence, .negated, .date, .line, .last_line, .relation, .relation_stated, .paper} AS m
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(m.evidence) AS evidence,
  collect(m.negated) AS negated,
  collect(CASE WHEN m.line = m.last_line THEN m.date.year * 10000 + m.date.month * 100 + m.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(CASE WHEN m.relation_stated THEN m.relation ELSE m.relation + ' (implied)' END) AS relation,
  collect(m.paper) AS paper
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days,
  collect(relation) AS relation,
  collect(paper) AS paper
RETURN block, product, stated, evidence, negated, days, relation, paper
ORDER BY block
