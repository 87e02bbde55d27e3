// Genes of a genome by id, SGDID, symbol or alias: those called so, and those whose name starts so; case does not count.
// mode: read
// parameters: text
// returns: genome, id, symbol, matched, annotations, negated
MATCH (g:Gene)
WHERE g.genome <> 'as-annotated'
WITH g, [g.id, g.sgdid, g.symbol] + g.aliases AS names
WITH g, names, [name IN names WHERE toLower(name) STARTS WITH toLower($text)] AS matched
WHERE size(matched) > 0 AND EXISTS { (:Genome {name: g.genome, status: 'ready'}) }
CALL (g) {
  OPTIONAL MATCH (g)<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)
  RETURN count(a) AS annotations, count(CASE WHEN a.negated THEN 1 END) AS negated
}
RETURN g.genome AS genome, g.id AS id, g.symbol AS symbol, matched, annotations, negated
ORDER BY genome, id
