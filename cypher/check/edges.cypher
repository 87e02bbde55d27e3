// Links of a release.
// mode: read
// parameters: release
// returns: child, type, parent, crosses
MATCH (c:Term {release: $release})-[link]->(p:Term)
RETURN c.id AS child, type(link) AS type, p.id AS parent, link.crosses AS crosses
ORDER BY child, type, parent
