// Take unannotated terms out of the hierarchy altogether and hang what has no parent left on the root of its namespace (the first by id).
// mode: write
// parameters: snapshot
// returns: wired
MATCH (x:SnapTerm {snapshot: $snapshot, kept: false})
USING INDEX x:SnapTerm(snapshot, kept)
WHERE x.stage = 'unannotated'
OPTIONAL MATCH (x)-[link:RAW_PARENT]-()
DELETE link
WITH count(*) AS gone
MATCH (r:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX r:SnapTerm(snapshot, kept)
WHERE r.root
WITH r
ORDER BY r.id
WITH collect(r) AS roots
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.root AND NOT EXISTS { (s)-[:RAW_PARENT]->({kept: true}) }
WITH s, coalesce(head([r IN roots WHERE r.namespace = s.namespace]), head(roots)) AS r
CREATE (s)-[:RAW_PARENT {kind: 'wired'}]->(r)
RETURN count(*) AS wired
