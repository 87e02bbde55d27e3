// The product ids that a gene of a genome goes by, and the id itself, which may be that of a product.
// mode: read
// parameters: genome, gene
// returns: id
OPTIONAL MATCH (g:Gene {genome: $genome, id: $gene})<-[:MAPS_TO]-(p:Product)
WITH collect(DISTINCT p.id) + $gene AS ids
UNWIND ids AS id
RETURN DISTINCT id
ORDER BY id
