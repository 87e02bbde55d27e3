// How many nodes of each combination of labels and relationships of each type there are.
// mode: read
// parameters: none
// returns: labels, number
MATCH (n)
WHERE NOT n:Lock AND NOT n:Migration
RETURN labels(n) AS labels, count(*) AS number
ORDER BY number
UNION ALL
MATCH ()-[r]->()
RETURN [type(r)] AS labels, count(*) AS number
ORDER BY number
