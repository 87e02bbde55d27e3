// Gene products of an annotation file, for resolving names.
// mode: read
// parameters: source
// returns: id, database, object_id, symbol, synonyms, object_type, taxon
MATCH (p:Product {source: $source})
RETURN p.id AS id, p.database AS database, p.object_id AS object_id, p.symbol AS symbol,
  p.synonyms AS synonyms, p.object_type AS object_type, p.taxon AS taxon
ORDER BY id
