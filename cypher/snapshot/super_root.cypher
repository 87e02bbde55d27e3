// An artificial root above the namespace roots, if the recipe always wants one or several roots are left.
// mode: write
// parameters: snapshot, id, always
// returns: roots
MATCH (r:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX r:SnapTerm(snapshot, kept)
WHERE r.root
WITH collect(r) AS roots
WHERE $always AND size(roots) > 0 OR size(roots) > 1
CREATE (top:SnapTerm {snapshot: $snapshot, id: $id, name: 'artificial root', namespace: '', root: false,
  artificial: true, annotated: false, kept: true, direct_genes: 0})
WITH roots, top
UNWIND roots AS r
CREATE (r)-[:PARENT {kind: 'artificial'}]->(top)
RETURN count(r) AS roots
