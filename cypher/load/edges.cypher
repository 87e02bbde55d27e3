// Links between terms of one release, child to parent; the relationship type is the relation in capitals.
// mode: write
// parameters: release, rows
// returns: none
UNWIND $rows AS row
MATCH (child:Term {release: $release, id: row.child})
USING INDEX child:Term(release, id)
MATCH (parent:Term {release: $release, id: row.parent})
USING INDEX parent:Term(release, id)
CREATE (child)-[:$(row.type) {relation: row.relation, crosses: row.crosses}]->(parent)
