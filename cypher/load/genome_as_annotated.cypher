// Make sure that the genome without a genome exists.
// mode: write
// parameters: none
// returns: none
MERGE (g:Genome {name: 'as-annotated'})
ON CREATE SET g.status = 'ready', g.loaded = datetime(), g.generated = false
