// What a recipe looks at in the annotations of a source, in blocks as in waterfall_records: also the line and the day of
// the last row that states an annotation.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days, line, last_day
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p, i, a, a {.evidence, .negated, .date, .line, .last_line, .last_date} AS m
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(m.evidence) AS evidence,
  collect(m.negated) AS negated,
  collect(CASE WHEN m.line = m.last_line THEN m.date.year * 10000 + m.date.month * 100 + m.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days,
  collect(m.last_line) AS line,
  collect(m.last_date.year * 10000 + m.last_date.month * 100 + m.last_date.day) AS last_day
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days,
  collect(line) AS line,
  collect(last_day) AS last_day
RETURN block, product, stated, evidence, negated, days, line, last_day
ORDER BY block
