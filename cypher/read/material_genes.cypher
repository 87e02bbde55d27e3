// Genes of a genome, each with those of the files named that have a gene product of it. Where only those in the files are
// asked for (the genome "as-annotated"), the others are left out.
// mode: read
// parameters: genome, sources, annotated
// returns: gene, symbol, sources
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WITH g, CASE WHEN $annotated THEN COLLECT {
  MATCH (g)<-[:MAPS_TO]-(p:Product)
  WHERE p.source IN $sources
  RETURN DISTINCT p.source AS source
  ORDER BY source
} ELSE $sources END AS sources
WHERE size(sources) > 0
RETURN g.id AS gene, g.symbol AS symbol, sources
ORDER BY gene
