// Refused, merged and flagged lines of a loaded file.
// mode: read
// parameters: kind, of
// returns: line, outcome, reason, text
MATCH (f:Finding {kind: $kind, of: $of})
RETURN f.line AS line, f.outcome AS outcome, f.reason AS reason, f.text AS text
ORDER BY outcome, line, text
