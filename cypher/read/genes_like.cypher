// Genes of a genome, and gene products that it does not have, by the start of an id, symbol or alias: the closest ones,
// and how many there are. Case does not count, and every character stands for itself.
// mode: read
// parameters: sources, genome, text, size
// returns: id, symbol, annotations, total
CALL () {
  MATCH (g:Gene {genome: $genome})
  USING INDEX g:Gene(genome)
  WHERE g.genome <> 'as-annotated'
  RETURN g.id AS id, g.symbol AS symbol, false AS product, [g.id, g.sgdid, g.symbol] + g.aliases AS names
  UNION ALL
  UNWIND $sources AS source
  MATCH (p:Product {source: source})
  USING INDEX p:Product(source)
  WHERE $genome = 'as-annotated' OR NOT EXISTS { (p)-[:MAPS_TO]->(:Gene {genome: $genome}) }
  RETURN p.id AS id, p.symbol AS symbol, true AS product, [p.id, p.object_id, p.symbol] + p.synonyms AS names
}
WITH id, symbol, product,
  [name IN names WHERE toLower(name) STARTS WITH toLower($text) | size(name)] AS lengths
WHERE size(lengths) > 0
UNWIND lengths AS length
WITH id, product, min(symbol) AS symbol, min(length) AS length
ORDER BY length, toLower(symbol), id
WITH collect({id: id, symbol: symbol, product: product}) AS found
WITH size(found) AS total, found[..$size] AS hits
UNWIND range(0, size(hits) - 1) AS place
WITH place, total, hits[place].id AS id, hits[place].symbol AS symbol, hits[place].product AS product
RETURN id, symbol,
  CASE
    WHEN product THEN COUNT {
      MATCH (p:Product)<-[:OF]-(:Annotation)
      WHERE p.source IN $sources AND p.id = id
    }
    ELSE COUNT {
      MATCH (:Gene {genome: $genome, id: id})<-[:MAPS_TO]-(p:Product)<-[:OF]-(:Annotation)
      WHERE p.source IN $sources
    }
  END AS annotations, total
ORDER BY place
