// Terms of one release, each tied to its release-independent id, and their nodes.
// mode: write
// parameters: release, rows
// returns: id, node
UNWIND $rows AS row
MERGE (i:GoId {id: row.id})
CREATE (t:Term)
SET t = row, t.release = $release
CREATE (t)-[:VERSION_OF]->(i)
RETURN t.id AS id, elementId(t) AS node
ORDER BY id
