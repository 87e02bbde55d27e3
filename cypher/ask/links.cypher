// Every type of relationship with the labels at its ends and how many there are.
// mode: read
// parameters: none
// returns: start, type, end, links
MATCH (a)-[r]->(b)
RETURN labels(a)[0] AS start, type(r) AS type, labels(b)[0] AS end, count(*) AS links
ORDER BY type, start, end
