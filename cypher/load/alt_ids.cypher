// Ids that a term of the release has taken over. An id that is itself a live term of the release is not among the rows.
// mode: write
// parameters: release, rows
// returns: none
UNWIND $rows AS row
MATCH (t:Term {release: $release, id: row.term})
USING INDEX t:Term(release, id)
MERGE (i:GoId {id: row.other})
CREATE (t)-[:ALT_ID]->(i)
