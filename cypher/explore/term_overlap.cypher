// How much two terms of a snapshot have in common: genes at or below each, shared genes, and their Jaccard index.
// mode: read
// parameters: snapshot, first, second
// returns: first_genes, second_genes, shared, jaccard
// $snapshot: snapshot = newest; the snapshot
// $first: term; a term
// $second: term; another term
// example: first=GO:0006281 second=GO:0006260
MATCH (:SnapTerm {snapshot: $snapshot, id: $first, kept: true})<-[:PARENT*0..40]-(d:SnapTerm)
WITH DISTINCT d
MATCH (d)-[:GENE]->(g:Gene)
WITH collect(DISTINCT g.id) AS one
MATCH (:SnapTerm {snapshot: $snapshot, id: $second, kept: true})<-[:PARENT*0..40]-(e:SnapTerm)
WITH DISTINCT one, e
MATCH (e)-[:GENE]->(h:Gene)
WITH one, collect(DISTINCT h.id) AS two
WITH size(one) AS first_genes, size(two) AS second_genes, size([gene IN one WHERE gene IN two]) AS shared
RETURN first_genes, second_genes, shared, shared * 1.0 / (first_genes + second_genes - shared) AS jaccard
ORDER BY jaccard
