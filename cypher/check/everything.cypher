// How many nodes of each kind and relationships of each type there are; for tests that nothing was left behind.
// mode: read
// parameters: none
// returns: what, number
MATCH (n)
WHERE NOT n:Lock
RETURN labels(n)[0] AS what, count(*) AS number
ORDER BY what
UNION ALL
MATCH ()-[r]->()
RETURN type(r) AS what, count(*) AS number
ORDER BY what
