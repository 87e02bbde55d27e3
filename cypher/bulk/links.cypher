// Relationships by internal id, page by page, to be written into another store.
// mode: read
// parameters: first, last
// returns: key, start, type, end, properties
UNWIND range($first, $last) AS key
MATCH (a)-[r]->(b)
WHERE id(r) = key
RETURN key, id(a) AS start, type(r) AS type, id(b) AS end, properties(r) AS properties
ORDER BY key
