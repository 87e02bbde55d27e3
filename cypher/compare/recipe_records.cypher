// What a recipe looks at in the annotations of a source, in blocks as in waterfall_records: also the line and the day of
// the last row that states an annotation.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, line, last_day
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(a.evidence) AS evidence,
  collect(a.negated) AS negated,
  collect(CASE WHEN size(a.dates) = 1 THEN a.date.year * 10000 + a.date.month * 100 + a.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(a.last_line) AS line,
  collect(a.last_date.year * 10000 + a.last_date.month * 100 + a.last_date.day) AS last_day
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days,
  collect(line) AS line,
  collect(last_day) AS last_day
RETURN block, product, stated, evidence, negated, days, line, last_day
ORDER BY block
