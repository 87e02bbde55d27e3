// What a comparison of annotations needs: everything that identifies them, in blocks as in waterfall_records. Absent
// values are empty texts, since a list must not lose its places.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, relation, paper, line, relation_stated, with_from, extension, product_form
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p, i, a, a {
    .evidence, .negated, .date, .line, .last_line, .relation, .relation_stated, .paper, .with_from,
    .extension, .product_form
  } AS m
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(m.evidence) AS evidence,
  collect(m.negated) AS negated,
  collect(CASE WHEN m.line = m.last_line THEN m.date.year * 10000 + m.date.month * 100 + m.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(m.relation) AS relation,
  collect(m.paper) AS paper,
  collect(m.line) AS line,
  collect(m.relation_stated) AS relation_stated,
  collect(coalesce(m.with_from, '')) AS with_from,
  collect(coalesce(m.extension, '')) AS extension,
  collect(coalesce(m.product_form, '')) AS product_form
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days,
  collect(relation) AS relation,
  collect(paper) AS paper,
  collect(line) AS line,
  collect(relation_stated) AS relation_stated,
  collect(with_from) AS with_from,
  collect(extension) AS extension,
  collect(product_form) AS product_form
RETURN block, product, stated, evidence, negated, days, relation, paper, line, relation_stated, with_from, extension, product_form
ORDER BY block
