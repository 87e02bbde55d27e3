// The graph model of docs/graph-model.md. Community edition: uniqueness constraints and indexes only.
CREATE CONSTRAINT migration_name IF NOT EXISTS FOR (m:Migration) REQUIRE m.name IS UNIQUE;
CREATE CONSTRAINT lock_name IF NOT EXISTS FOR (l:Lock) REQUIRE l.name IS UNIQUE;
CREATE CONSTRAINT release_name IF NOT EXISTS FOR (r:Release) REQUIRE r.name IS UNIQUE;
CREATE CONSTRAINT annotation_file_name IF NOT EXISTS FOR (f:AnnotationFile) REQUIRE f.name IS UNIQUE;
CREATE CONSTRAINT genome_name IF NOT EXISTS FOR (g:Genome) REQUIRE g.name IS UNIQUE;
CREATE CONSTRAINT gene_list_name IF NOT EXISTS FOR (l:GeneList) REQUIRE l.name IS UNIQUE;
CREATE CONSTRAINT snapshot_name IF NOT EXISTS FOR (s:Snapshot) REQUIRE s.name IS UNIQUE;
CREATE CONSTRAINT goid_id IF NOT EXISTS FOR (i:GoId) REQUIRE i.id IS UNIQUE;
CREATE CONSTRAINT term_key IF NOT EXISTS FOR (t:Term) REQUIRE (t.release, t.id) IS UNIQUE;
CREATE CONSTRAINT gene_key IF NOT EXISTS FOR (g:Gene) REQUIRE (g.genome, g.id) IS UNIQUE;
CREATE CONSTRAINT product_key IF NOT EXISTS FOR (p:Product) REQUIRE (p.source, p.id) IS UNIQUE;
CREATE CONSTRAINT annotation_key IF NOT EXISTS FOR (a:Annotation) REQUIRE (a.source, a.line) IS UNIQUE;
CREATE CONSTRAINT snap_term_key IF NOT EXISTS FOR (s:SnapTerm) REQUIRE (s.snapshot, s.id) IS UNIQUE;
CREATE INDEX term_release IF NOT EXISTS FOR (t:Term) ON (t.release);
CREATE INDEX gene_genome IF NOT EXISTS FOR (g:Gene) ON (g.genome);
CREATE INDEX gene_symbol IF NOT EXISTS FOR (g:Gene) ON (g.symbol);
CREATE INDEX annotation_source IF NOT EXISTS FOR (a:Annotation) ON (a.source);
CREATE INDEX product_source IF NOT EXISTS FOR (p:Product) ON (p.source);
CREATE INDEX snap_term_snapshot IF NOT EXISTS FOR (s:SnapTerm) ON (s.snapshot);
CREATE INDEX snap_term_kept IF NOT EXISTS FOR (s:SnapTerm) ON (s.snapshot, s.kept);
CREATE INDEX snap_term_wave IF NOT EXISTS FOR (s:SnapTerm) ON (s.snapshot, s.wave);
CREATE INDEX finding_of IF NOT EXISTS FOR (f:Finding) ON (f.kind, f.of);
// The genome without a genome: every gene product of the annotation files is a gene of its own.
MERGE (g:Genome {name: 'as-annotated'}) ON CREATE SET g.status = 'ready', g.loaded = datetime(), g.generated = false;
