// NOT annotations of a file beside positive ones of the same gene on the same term, or on one below it over is_a and
// part_of. ND says nothing, so it contradicts nothing. The path runs upward, from the few terms of a gene.
// mode: read
// parameters: source, release, genome
// returns: gene, symbol, term, lines, positive
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE a.negated
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE NOT t.obsolete
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WITH g, t, collect(DISTINCT a.line) AS lines
MATCH (g)<-[:MAPS_TO]-(p:Product {source: $source})<-[:OF]-(b:Annotation)
WHERE NOT b.negated AND b.evidence <> 'ND'
MATCH (b)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(u:Term {release: $release})
WHERE NOT u.obsolete
WITH g, t, lines, u, collect(DISTINCT b.line) AS positive
WHERE u = t OR EXISTS { (u)((x)-[:IS_A|PART_OF]->(y) WHERE NOT y.obsolete)+(t) }
UNWIND positive AS line
WITH g, t, lines, line, u
ORDER BY line
WITH g, t, lines, collect(DISTINCT [line, u.id]) AS positive
RETURN g.id AS gene, g.symbol AS symbol, t.id AS term,
  COLLECT { UNWIND lines AS line RETURN line ORDER BY line } AS lines, positive
ORDER BY gene, term
