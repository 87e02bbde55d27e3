// Links between terms of one release, child to parent; the relationship type is the relation in capitals. The terms are
// named by their nodes: to look up both ends in the index is several times the work.
// mode: write
// parameters: rows
// returns: none
UNWIND $rows AS row
MATCH (child:Term)
WHERE elementId(child) = row.child
MATCH (parent:Term)
WHERE elementId(parent) = row.parent
CREATE (child)-[:$(row.type) {relation: row.relation, crosses: row.crosses}]->(parent)
