// Some live terms of a release; if asked for also those from which they can be reached (below), and those that can be
// reached from them (above).
// mode: read
// parameters: release, terms, downward, upward
// returns: term, name, namespace, root, below
MATCH (f:Term {release: $release})
USING INDEX f:Term(release, id)
WHERE f.id IN $terms
CALL (f) {
  RETURN f AS t, true AS below
  UNION ALL
  MATCH (f)<-[:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES*1..]-(t:Term)
  WHERE $downward
  WITH DISTINCT t
  RETURN t, true AS below
  UNION ALL
  MATCH (f)-[:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES*1..]->(t:Term)
  WHERE $upward
  WITH DISTINCT t
  RETURN t, false AS below
}
WITH t, max(CASE WHEN below THEN 1 ELSE 0 END) = 1 AS below
WHERE NOT t.obsolete
RETURN t.id AS term, t.name AS name, t.namespace AS namespace, t.root AS root, below
ORDER BY term
