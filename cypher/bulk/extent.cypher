// The largest internal ids, up to which nodes and relationships are read.
// mode: read
// parameters: none
// returns: nodes, links
CALL () {
  MATCH (n)
  RETURN coalesce(max(id(n)), -1) AS nodes
}
CALL () {
  MATCH ()-[r]->()
  RETURN coalesce(max(id(r)), -1) AS links
}
RETURN nodes, links
ORDER BY nodes
