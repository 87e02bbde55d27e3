// Indexes that belong to no constraint, with the statements that make them.
// mode: read
// parameters: none
// returns: name, statement
SHOW INDEXES YIELD name, createStatement, owningConstraint, type
WHERE owningConstraint IS NULL AND type <> 'LOOKUP'
RETURN name, createStatement AS statement
ORDER BY name
