// Links between some terms of a release and their live parents (upward) or children.
// mode: read
// parameters: release, terms, upward
// returns: child, relation, parent, near, name, namespace
UNWIND $terms AS id
MATCH (t:Term {release: $release, id: id})
USING INDEX t:Term(release, id)
CALL (t) {
  MATCH (t)-[link:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES]->(n:Term)
  WHERE $upward
  RETURN t AS c, link, n AS p, n
  UNION ALL
  MATCH (t)<-[link:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES]-(n:Term)
  WHERE NOT $upward
  RETURN n AS c, link, t AS p, n
}
WITH c, link, p, n
WHERE NOT n.obsolete
RETURN c.id AS child, link.relation AS relation, p.id AS parent, n.id AS near, n.name AS name, n.namespace AS namespace
ORDER BY child, relation, parent
