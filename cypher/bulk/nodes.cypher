// Nodes by internal id, page by page, to be written into another store. That one makes its own lock and schema.
// mode: read
// parameters: first, last
// returns: key, labels, properties
UNWIND range($first, $last) AS key
MATCH (n)
WHERE id(n) = key AND NOT n:Lock AND NOT n:Migration
RETURN key, labels(n) AS labels, properties(n) AS properties
ORDER BY key
