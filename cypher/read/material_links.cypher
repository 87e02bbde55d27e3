// Links between live terms of a release, in two columns a relation.
// mode: read
// parameters: release
// returns: relation, children, parents
MATCH (c:Term {release: $release})
USING INDEX c:Term(release)
WHERE NOT c.obsolete
MATCH (c)-[link:IS_A|PART_OF|REGULATES|POSITIVELY_REGULATES|NEGATIVELY_REGULATES]->(p:Term)
WHERE NOT p.obsolete
RETURN link.relation AS relation, collect(c.id) AS children, collect(p.id) AS parents
ORDER BY relation
