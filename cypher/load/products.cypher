// Gene products of one file, and their nodes. A product belongs to its file, so that one file's names never leak into
// another.
// mode: write
// parameters: source, rows
// returns: id, node
UNWIND $rows AS row
CREATE (p:Product)
SET p = row, p.source = $source
RETURN p.id AS id, elementId(p) AS node
ORDER BY id
