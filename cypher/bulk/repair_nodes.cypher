// Set what the import format cannot say on nodes.
// mode: write
// parameters: rows
// returns: none
UNWIND $rows AS row
MATCH (n)
WHERE id(n) = row.node
SET n += row.properties
