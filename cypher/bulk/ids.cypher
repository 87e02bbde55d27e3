// Internal ids of the nodes that annotations may refer to.
// mode: read
// parameters: none
// returns: id, node
MATCH (i:GoId)
RETURN i.id AS id, id(i) AS node
ORDER BY node
