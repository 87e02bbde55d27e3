// What a comparison of annotations needs: everything that identifies them, in blocks as in waterfall_records. Absent
// values are empty texts, since a list must not lose its places.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, relation, paper, line, relation_stated, with_from, extension, product_form
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(a.evidence) AS evidence,
  collect(a.negated) AS negated,
  collect(CASE WHEN size(a.dates) = 1 THEN a.date.year * 10000 + a.date.month * 100 + a.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(a.relation) AS relation,
  collect(a.paper) AS paper,
  collect(a.line) AS line,
  collect(a.relation_stated) AS relation_stated,
  collect(coalesce(a.with_from, '')) AS with_from,
  collect(coalesce(a.extension, '')) AS extension,
  collect(coalesce(a.product_form, '')) AS product_form
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
