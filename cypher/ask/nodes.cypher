// Every label with the number of its nodes and the properties that any of them has.
// mode: read
// parameters: none
// returns: label, nodes, properties
MATCH (n)
WITH labels(n)[0] AS label, keys(n) AS properties, count(*) AS nodes
ORDER BY label
UNWIND CASE properties WHEN [] THEN [null] ELSE properties END AS property
WITH label, properties, nodes, property
ORDER BY label, property
WITH label, collect(DISTINCT property) AS properties, collect(DISTINCT [properties, nodes]) AS groups
RETURN label, reduce(total = 0, group IN groups | total + group[1]) AS nodes, properties
ORDER BY label
