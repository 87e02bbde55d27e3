// Make sure that the one lock node exists.
// mode: write
// parameters: none
// returns: none
MERGE (:Lock {name: 'write'})
