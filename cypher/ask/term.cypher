// Whether any loaded release or annotation file has this id.
// mode: read
// parameters: id
// returns: id
MATCH (i:GoId {id: $id})
RETURN i.id AS id
ORDER BY id
