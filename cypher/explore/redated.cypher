// Annotations that two files share but date differently, counted by evidence and by the years of the last dates: same
// gene, id of the term, NOT, evidence, paper and With/From.
// mode: read
// parameters: genome, old, new, limit
// returns: evidence, old_year, new_year, annotations
// $genome: genome = only; the genome that genes are looked up in
// $old: source = oldest; the earlier annotation file
// $new: source = newest; the later annotation file
// $limit: number = 200; rows at most
// example: old=goa-2016 new=goa-2019
UNWIND [$old, $new] AS source
MATCH (p:Product {source: source})
USING INDEX p:Product(source)
MATCH (p)-[:MAPS_TO]->(g:Gene {genome: $genome})
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH g, i, a.evidence AS evidence, a.negated AS negated, a.paper AS paper, a.with_from AS with_from,
  max(CASE WHEN a.source = $old THEN a.last_date END) AS before,
  max(CASE WHEN a.source = $new THEN a.last_date END) AS after
WHERE before <> after
RETURN evidence, before.year AS old_year, after.year AS new_year, count(*) AS annotations
ORDER BY annotations DESC, evidence, old_year, new_year
LIMIT $limit
