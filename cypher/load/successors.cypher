// What an obsolete term was replaced by, or may be.
// mode: write
// parameters: release, rows
// returns: none
UNWIND $rows AS row
MATCH (t:Term {release: $release, id: row.term})
USING INDEX t:Term(release, id)
MERGE (i:GoId {id: row.other})
CREATE (t)-[:$(row.type)]->(i)
