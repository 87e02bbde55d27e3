// NOT annotations of a file beside positive ones of the same gene on the same term in any loaded file; ND says
// nothing.
// mode: read
// parameters: release, genome, source, limit
// returns: gene, symbol, term, name, negated, positive
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $source: source = newest; the annotation file
// $limit: number = 200; rows at most
// example: source=goa-2016
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE a.negated
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WITH g, t, collect(DISTINCT a.evidence) AS negated
MATCH (g)<-[:MAPS_TO]-(:Product)<-[:OF]-(b:Annotation)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t)
WHERE NOT b.negated AND b.evidence <> 'ND'
WITH g, t, negated, collect(DISTINCT b.source + ' ' + b.evidence) AS positive
RETURN g.id AS gene, g.symbol AS symbol, t.id AS term, t.name AS name,
  COLLECT { UNWIND negated AS code RETURN code ORDER BY code } AS negated,
  COLLECT { UNWIND positive AS text RETURN text ORDER BY text } AS positive
ORDER BY gene, term
LIMIT $limit
