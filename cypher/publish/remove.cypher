// Take a published run out of the graph with its scores; the files of the run stay.
// mode: write
// parameters: run
// returns: removed
MATCH (r:Run {name: $run})
DETACH DELETE r
RETURN count(*) AS removed
