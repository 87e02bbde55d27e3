// Note that a schema migration was applied.
// mode: write
// parameters: name
// returns: none
MERGE (m:Migration {name: $name})
ON CREATE SET m.applied = datetime()
