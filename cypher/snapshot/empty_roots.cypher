// Roots that hold nothing in the end.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (r:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX r:SnapTerm(snapshot, kept)
WHERE r.root AND NOT EXISTS { (r)<-[:PARENT]-() } AND NOT EXISTS { (r)-[:GENE]->() }
SET r.kept = false, r.stage = 'empty', r.reason = 'neither a gene nor a child is left',
  r.direct_genes = 0, r.contained_genes = 0
RETURN count(r) AS removed
