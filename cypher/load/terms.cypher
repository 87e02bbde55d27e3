// Terms of one release, each tied to its release-independent id.
// mode: write
// parameters: release, rows
// returns: none
UNWIND $rows AS row
MERGE (i:GoId {id: row.id})
CREATE (t:Term)
SET t = row, t.release = $release
CREATE (t)-[:VERSION_OF]->(i)
