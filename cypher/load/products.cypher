// Gene products of one file. A product belongs to its file, so that one file's names never leak into another.
// mode: write
// parameters: source, rows
// returns: none
UNWIND $rows AS row
CREATE (p:Product)
SET p = row, p.source = $source
