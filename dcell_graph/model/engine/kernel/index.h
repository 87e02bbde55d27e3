// The rows of a batch, found quickly: the same as build_index in index.py, array by array.
#pragma once
#include "views.h"

#include <cstdint>
#include <vector>

// How long the arrays of an index are, in the order in which binding.py asks for them.
struct IndexSizes {
    int64_t base, rows, touches, edges, gene_changes, base_changes;
};

// Where Python wants the arrays; the names are those of index.py.
struct IndexArrays {
    int32_t *base, *row_start;
    float *count;
    int32_t *touch_start, *touch_row;
    int32_t *edge_start, *edge_parent, *edge_child;
    int32_t *gene_start, *gene_row, *gene_pair;
    float *gene_change;
    int32_t *base_pair;
    float *base_change;
};

// From 64-bit keys to numbers counted from 0. Keys are not negative.
class Numbering {
public:
    // The number of a key; `fresh` says whether it is a new one.
    int32_t number(int64_t key, bool &fresh);
    void clear();

private:
    void grow();

    std::vector<int64_t> keys_;
    std::vector<int32_t> values_;
    int32_t count_ = 0;
};

class Indexer {
public:
    explicit Indexer(const PlanView &plan);

    // Finds the rows of `strains` strains of at most `width` deleted genes each, padded with -1; genes must be checked.
    IndexSizes find(const int64_t *deleted, int64_t strains, int64_t width);
    // Writes what was found last.
    void write(const IndexArrays &out) const;

private:
    // A term as the current strain has it.
    struct Seen {
        uint64_t genes;     // which differences of the strain it contains
        int32_t strain;     // for which strain this holds
        int32_t row;        // counted within the term, from 1; negative where the strain is the first on it
    };
    struct Edge { int32_t link, parent, child; };
    struct Change { int32_t pair, row; float change; };
    struct Entry { int32_t entry, difference; };

    void find_base(const int64_t *deleted, int64_t strains, int64_t width);
    void find_strains();
    void add_strain(int32_t strain, const int32_t *genes, int32_t count);
    void mark_terms(int32_t strain, const int32_t *genes, int32_t count);
    void number_rows(const int32_t *genes, int32_t count);
    int32_t row_of_set(int32_t term, uint64_t set, const int32_t *genes, int32_t count, bool &fresh);
    void add_edges_and_changes(int32_t strain, const int32_t *genes, int32_t count);

    const PlanView plan_;
    // For each pair of a gene and a term that contains it: the pairs of the same gene and the term's children.
    std::vector<int32_t> below_start_, below_entry_, below_link_;

    int64_t strains_ = 0;
    std::vector<int32_t> base_;
    std::vector<uint8_t> in_base_;
    std::vector<int64_t> difference_start_;     // [B + 1]
    std::vector<int32_t> differences_;          // genes, by strain, increasing
    std::vector<int32_t> distinct_, copies_, same_as_;  // distinct strains, how many there are of each, and which a strain is

    std::vector<int32_t> single_row_;           // row of a term for a single difference, by pair; 0 none yet [C]
    std::vector<Seen> seen_;                    // [T]
    std::vector<int32_t> other_rows_;           // [T]
    std::vector<Entry> fresh_;                  // pairs of the strain whose term has a fresh row
    bool sets_repeat_ = false;                  // sets of several differences may occur in several strains
    Numbering sets_, set_rows_;
    std::vector<int32_t> row_of_number_;
    std::vector<std::pair<uint64_t, int32_t>> strain_sets_;

    std::vector<int64_t> touch_start_;          // by distinct strain
    std::vector<int32_t> touch_term_, touch_row_;
    std::vector<Edge> edges_;
    std::vector<Change> changes_;
};
