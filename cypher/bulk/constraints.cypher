// Constraints, with the statements that make them.
// mode: read
// parameters: none
// returns: name, statement
SHOW CONSTRAINTS YIELD name, createStatement
RETURN name, createStatement AS statement
ORDER BY name
