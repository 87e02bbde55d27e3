// Write the index and the sizes of the result onto its terms.
// mode: write
// parameters: snapshot, rows
// returns: none
UNWIND $rows AS row
MATCH (s:SnapTerm {snapshot: $snapshot, id: row.term})
USING INDEX s:SnapTerm(snapshot, id)
SET s.index = row.index, s.depth = row.depth, s.height = row.height, s.direct_genes = row.direct_genes,
  s.contained_genes = row.contained_genes
