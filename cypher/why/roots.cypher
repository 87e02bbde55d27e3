// The smallest number of genes that any of some roots contains in a snapshot.
// mode: read
// parameters: snapshot, roots
// returns: smallest
OPTIONAL MATCH (r:SnapTerm {snapshot: $snapshot})
USING INDEX r:SnapTerm(snapshot, id)
WHERE r.id IN $roots
RETURN min(r.contained_genes) AS smallest
ORDER BY smallest
