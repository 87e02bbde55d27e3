// Start the record of a genome.
// mode: write
// parameters: properties
// returns: none
CREATE (g:Genome)
SET g = $properties, g.status = 'loading', g.loaded = datetime()
