// The release-independent ids that rows refer to, and their nodes.
// mode: write
// parameters: rows
// returns: id, node
UNWIND $rows AS id
MERGE (i:GoId {id: id})
RETURN i.id AS id, elementId(i) AS node
ORDER BY id
