// Genes that share most terms of a snapshot with a gene, by the Jaccard index of their direct terms.
// mode: read
// parameters: snapshot, genome, gene, limit
// returns: gene, symbol, terms, shared, jaccard
// $snapshot: snapshot = newest; the snapshot
// $genome: genome = only; the genome of the snapshot
// $gene: gene; the gene, by any of its names
// $limit: number = 50; rows at most
// example: gene=RAD51
MATCH (a:Gene {genome: $genome, id: $gene})<-[:GENE]-(s:SnapTerm {snapshot: $snapshot})
WITH a, collect(s) AS own
UNWIND own AS s
MATCH (s)-[:GENE]->(b:Gene)
WHERE b <> a
WITH b, size(own) AS all, count(s) AS shared
WITH b, all, shared, COUNT { (b)<-[:GENE]-(:SnapTerm {snapshot: $snapshot}) } AS terms
RETURN b.id AS gene, b.symbol AS symbol, terms, shared, shared * 1.0 / (all + terms - shared) AS jaccard
ORDER BY jaccard DESC, gene
LIMIT $limit
