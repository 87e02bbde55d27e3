// Terms of a release as they are stored.
// mode: read
// parameters: release
// returns: id, name, namespace, definition, comment, obsolete, root
MATCH (t:Term {release: $release})
RETURN t.id AS id, t.name AS name, t.namespace AS namespace, t.definition AS definition, t.comment AS comment,
  t.obsolete AS obsolete, t.root AS root
ORDER BY id
