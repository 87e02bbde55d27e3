// A gene by its systematic name, its id at SGD or its symbol.
// mode: read
// parameters: genome, names
// returns: id, symbol, sgdid, by
UNWIND $names AS name
CALL (name) {
  MATCH (g:Gene {genome: $genome, id: name})
  USING INDEX g:Gene(genome, id)
  RETURN g, 'id' AS by
  UNION
  MATCH (g:Gene {symbol: name})
  USING INDEX g:Gene(symbol)
  WHERE g.genome = $genome
  RETURN g, 'symbol' AS by
}
RETURN DISTINCT g.id AS id, g.symbol AS symbol, g.sgdid AS sgdid, by
ORDER BY id, by
