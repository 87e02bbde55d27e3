// Set what the import format cannot say on relationships, found by their start and a mark, which is taken off.
// mode: write
// parameters: rows
// returns: none
UNWIND $rows AS row
MATCH (n)-[r]->()
WHERE id(n) = row.node AND r.bulk_repair = row.mark
SET r += row.properties
REMOVE r.bulk_repair
