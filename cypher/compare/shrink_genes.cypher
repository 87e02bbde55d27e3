// Gene products of two files, those that only the older one has by name.
// mode: read
// parameters: older, newer
// returns: before, after, lost
MATCH (p:Product)
USING INDEX p:Product(source)
WHERE p.source IN [$older, $newer]
WITH p
ORDER BY p.id
WITH p.id AS id, collect(p.source) AS sources, head(collect(p.symbol)) AS symbol
RETURN count(CASE WHEN $older IN sources THEN 1 END) AS before, count(CASE WHEN $newer IN sources THEN 1 END) AS after,
  collect(CASE WHEN NOT $newer IN sources THEN symbol END) AS lost
ORDER BY before
