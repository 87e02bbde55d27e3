// Links between some live terms of a release.
// mode: read
// parameters: release, terms
// returns: child, relation, parent
UNWIND $terms AS id
MATCH (c:Term {release: $release, id: id})
USING INDEX c:Term(release, id)
MATCH (c)-[link:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES]->(p:Term)
WHERE NOT p.obsolete
RETURN c.id AS child, link.relation AS relation, p.id AS parent
ORDER BY child, relation, parent
