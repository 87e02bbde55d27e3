// Wait until all indexes can be used.
// mode: read
// parameters: seconds
// returns: online
CALL db.awaitIndexes($seconds)
RETURN true AS online
ORDER BY online
