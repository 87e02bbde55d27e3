// Start the record of an ontology release; it stays invisible until its status is ready.
// mode: write
// parameters: properties
// returns: none
CREATE (r:Release)
SET r = $properties, r.status = 'loading', r.loaded = datetime()
