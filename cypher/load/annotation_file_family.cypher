// Note what tells the family of an annotation file: the database and the species of most of its products. A strain counts
// as its species; of two taxa the first is that of the product.
// mode: write
// parameters: name, species
// returns: none
MATCH (f:AnnotationFile {name: $name})
CALL (f) {
  MATCH (p:Product {source: f.name})
  USING INDEX p:Product(source)
  WITH p.database AS database, count(*) AS products
  ORDER BY products DESC, database
  RETURN collect(database)[0] AS database
}
CALL (f) {
  MATCH (p:Product {source: f.name})
  USING INDEX p:Product(source)
  WITH p.taxon AS taxon, count(*) AS products
  WHERE taxon IS NOT NULL
  WITH trim(last(split(split(taxon, '|')[0], ':'))) AS number, products
  WITH coalesce($species[number], number) AS species, sum(products) AS products
  ORDER BY products DESC, species
  RETURN collect(species)[0] AS species
}
SET f.database = database, f.species = species
