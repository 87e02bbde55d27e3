// Start the record of a gene list.
// mode: write
// parameters: properties
// returns: none
CREATE (l:GeneList)
SET l = $properties, l.status = 'loading', l.loaded = datetime()
