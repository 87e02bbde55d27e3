// Make a release visible, with the counts found in the database itself.
// mode: write
// parameters: name
// returns: terms, live, edges
MATCH (r:Release {name: $name})
CALL (r) {
  MATCH (t:Term {release: r.name})
  RETURN count(t) AS terms, count(CASE WHEN NOT t.obsolete THEN 1 END) AS live
}
CALL (r) {
  MATCH (t:Term {release: r.name})-[e]->(:Term)
  RETURN count(e) AS edges
}
SET r.status = 'ready', r.terms = terms, r.live = live, r.edges = edges
RETURN terms, live, edges
