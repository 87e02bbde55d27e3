#include "index.h"

#include <algorithm>
#include <cstring>

int32_t Numbering::number(int64_t key, bool &fresh) {
    if (2 * static_cast<size_t>(count_ + 1) > keys_.size()) grow();
    const size_t mask = keys_.size() - 1;
    size_t place = (static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15ull) >> 20;
    for (;; place++) {
        const int64_t there = keys_[place & mask];
        fresh = there < 0;
        if (fresh) {
            keys_[place & mask] = key;
            return values_[place & mask] = count_++;
        }
        if (there == key) return values_[place & mask];
    }
}

void Numbering::clear() {
    if (count_ > 0) std::fill(keys_.begin(), keys_.end(), -1);
    count_ = 0;
}

void Numbering::grow() {
    std::vector<int64_t> keys(std::max<size_t>(1024, keys_.size() * 4), -1);
    std::vector<int32_t> values(keys.size());
    keys.swap(keys_);
    values.swap(values_);
    const size_t mask = keys_.size() - 1;
    for (size_t old = 0; old < keys.size(); old++) {
        if (keys[old] < 0) continue;
        size_t place = (static_cast<uint64_t>(keys[old]) * 0x9E3779B97F4A7C15ull) >> 20;
        while (keys_[place & mask] >= 0) place++;
        keys_[place & mask] = keys[old];
        values_[place & mask] = values[old];
    }
}

Indexer::Indexer(const PlanView &plan)
    : plan_(plan), in_base_(plan.genes), single_row_(plan.contain_start[plan.genes]), seen_(plan.terms),
      other_rows_(plan.terms) {
    std::vector<int32_t> entry_of(plan.terms, -1);
    below_start_.push_back(0);
    for (int64_t gene = 0; gene < plan.genes; gene++) {
        const int32_t first = plan.contain_start[gene], last = plan.contain_start[gene + 1];
        for (int32_t entry = first; entry < last; entry++) entry_of[plan.contain_term[entry]] = entry;
        for (int32_t entry = first; entry < last; entry++) {
            const int32_t term = plan.contain_term[entry];
            for (int32_t i = plan.below_start[term]; i < plan.below_start[term + 1]; i++) {
                const int32_t link = plan.below_link[i], below = entry_of[plan.link_child[link]];
                if (below < first) continue;
                below_entry_.push_back(below);
                below_link_.push_back(link);
            }
            below_start_.push_back(static_cast<int32_t>(below_entry_.size()));
        }
    }
}

IndexSizes Indexer::find(const int64_t *deleted, int64_t strains, int64_t width) {
    strains_ = strains;
    find_base(deleted, strains, width);
    find_strains();
    touch_start_.assign(1, 0);
    touch_term_.clear();
    touch_row_.clear();
    edges_.clear();
    changes_.clear();
    sets_.clear();
    set_rows_.clear();
    row_of_number_.clear();
    std::fill(other_rows_.begin(), other_rows_.end(), 0);
    for (Seen &seen : seen_) seen.strain = -1;
    for (size_t i = 0; i < distinct_.size(); i++) {
        const int64_t first = difference_start_[distinct_[i]], last = difference_start_[distinct_[i] + 1];
        add_strain(static_cast<int32_t>(i), differences_.data() + first, static_cast<int32_t>(last - first));
        touch_start_.push_back(static_cast<int64_t>(touch_row_.size()));
    }
    for (const int32_t gene : differences_)
        std::fill(single_row_.begin() + plan_.contain_start[gene], single_row_.begin() + plan_.contain_start[gene + 1], 0);

    IndexSizes sizes{static_cast<int64_t>(base_.size()), plan_.terms, 0, static_cast<int64_t>(edges_.size()),
                     static_cast<int64_t>(changes_.size()), 0};
    for (const int32_t rows : other_rows_) sizes.rows += rows;
    for (int64_t strain = 0; strain < strains_; strain++)
        sizes.touches += touch_start_[same_as_[strain] + 1] - touch_start_[same_as_[strain]];
    for (const int32_t gene : base_) sizes.base_changes += plan_.owner_start[gene + 1] - plan_.owner_start[gene];
    return sizes;
}

// The genes that more than half of the strains lack, and each strain's differences from that. One strain alone is set
// against the wild type, so that it is computed as in a batch of many.
void Indexer::find_base(const int64_t *deleted, int64_t strains, int64_t width) {
    std::vector<int32_t> lacked, often(plan_.genes, 0);
    std::vector<int64_t> start{0};
    for (int64_t strain = 0; strain < strains; strain++) {
        const size_t first = lacked.size();
        for (int64_t i = 0; i < width; i++)
            if (deleted[strain * width + i] >= 0) lacked.push_back(static_cast<int32_t>(deleted[strain * width + i]));
        std::sort(lacked.begin() + first, lacked.end());
        lacked.erase(std::unique(lacked.begin() + first, lacked.end()), lacked.end());
        for (size_t i = first; i < lacked.size(); i++) often[lacked[i]]++;
        start.push_back(static_cast<int64_t>(lacked.size()));
    }
    for (const int32_t gene : base_) in_base_[gene] = 0;
    base_.clear();
    for (int32_t gene = 0; gene < plan_.genes; gene++)
        if (strains > 1 && 2 * int64_t{often[gene]} > strains) base_.push_back(gene);
    for (const int32_t gene : base_) in_base_[gene] = 1;
    if (base_.empty()) {
        differences_.swap(lacked);
        difference_start_.swap(start);
        return;
    }
    differences_.clear();
    difference_start_.assign(1, 0);
    for (int64_t strain = 0; strain < strains; strain++) {
        std::set_symmetric_difference(lacked.begin() + start[strain], lacked.begin() + start[strain + 1], base_.begin(),
                                      base_.end(), std::back_inserter(differences_));
        difference_start_.push_back(static_cast<int64_t>(differences_.size()));
    }
}

// Strains that are alike are worked out once.
void Indexer::find_strains() {
    distinct_.clear();
    copies_.clear();
    same_as_.resize(strains_);
    sets_repeat_ = false;
    size_t places = 16;
    while (places < 2 * static_cast<size_t>(strains_)) places *= 2;
    std::vector<int32_t> table(places, -1);
    for (int64_t strain = 0; strain < strains_; strain++) {
        const int32_t *genes = differences_.data() + difference_start_[strain];
        const int64_t count = difference_start_[strain + 1] - difference_start_[strain];
        sets_repeat_ |= count > 2;
        uint64_t hash = 0;
        for (int64_t i = 0; i < count; i++) {
            hash = (hash ^ static_cast<uint64_t>(genes[i] + 1)) * 0x9E3779B97F4A7C15ull;
            hash ^= hash >> 29;
        }
        size_t place = hash & (places - 1);
        const auto equal = [&](int32_t other) {
            const int64_t first = difference_start_[distinct_[other]];
            return difference_start_[distinct_[other] + 1] - first == count &&
                   std::equal(genes, genes + count, differences_.data() + first);
        };
        while (table[place] >= 0 && !equal(table[place])) place = (place + 1) & (places - 1);
        if (table[place] < 0) {
            table[place] = static_cast<int32_t>(distinct_.size());
            distinct_.push_back(static_cast<int32_t>(strain));
            copies_.push_back(0);
        }
        same_as_[strain] = table[place];
        copies_[table[place]]++;
    }
}

void Indexer::add_strain(int32_t strain, const int32_t *genes, int32_t count) {
    mark_terms(strain, genes, count);
    number_rows(genes, count);
    if (!fresh_.empty()) add_edges_and_changes(strain, genes, count);
}

void Indexer::mark_terms(int32_t strain, const int32_t *genes, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const uint64_t bit = uint64_t{1} << i;
        for (int32_t entry = plan_.contain_start[genes[i]]; entry < plan_.contain_start[genes[i] + 1]; entry++) {
            Seen &seen = seen_[plan_.contain_term[entry]];
            seen.genes = seen.strain == strain ? seen.genes | bit : bit;
            seen.strain = strain;
        }
    }
}

// Gives every marked term the row of its set of differences, and lists what belongs to fresh rows.
void Indexer::number_rows(const int32_t *genes, int32_t count) {
    fresh_.clear();
    strain_sets_.clear();
    for (int32_t i = 0; i < count; i++) {
        const uint64_t bit = uint64_t{1} << i;
        for (int32_t entry = plan_.contain_start[genes[i]]; entry < plan_.contain_start[genes[i] + 1]; entry++) {
            const int32_t term = plan_.contain_term[entry];
            Seen &seen = seen_[term];
            if (seen.genes == bit) {
                int32_t &row = single_row_[entry];
                seen.row = row;
                if (row == 0) {
                    row = ++other_rows_[term];
                    seen.row = -row;
                }
            } else if ((seen.genes & (bit - 1)) == 0) {  // the first of several
                bool fresh = true;
                const int32_t row = sets_repeat_ ? row_of_set(term, seen.genes, genes, count, fresh) : ++other_rows_[term];
                seen.row = fresh ? -row : row;
            } else {
                if (seen.row < 0) fresh_.push_back({entry, i});
                continue;
            }
            if (seen.row < 0) fresh_.push_back({entry, i});
            touch_term_.push_back(term);
            touch_row_.push_back(std::abs(seen.row));
        }
    }
}

int32_t Indexer::row_of_set(int32_t term, uint64_t set, const int32_t *genes, int32_t count, bool &fresh) {
    // A strain has few different sets, each on many terms.
    auto known = std::find_if(strain_sets_.begin(), strain_sets_.end(), [&](const auto &pair) { return pair.first == set; });
    if (known == strain_sets_.end()) {
        int64_t number = 0;  // of the set of the genes so far; the numbers of sets are counted from 1
        for (int32_t i = 0; i < count; i++) {
            bool unused;
            if (set >> i & 1) number = 1 + sets_.number(number * plan_.genes + genes[i], unused);
        }
        known = strain_sets_.insert(strain_sets_.end(), {set, static_cast<int32_t>(number)});
    }
    const int32_t number = set_rows_.number(int64_t{known->second} * plan_.terms + term, fresh);
    if (fresh) row_of_number_.push_back(++other_rows_[term]);
    return row_of_number_[number];
}

void Indexer::add_edges_and_changes(int32_t strain, const int32_t *genes, int32_t count) {
    for (const Entry &at : fresh_) {
        const int32_t row = -seen_[plan_.contain_term[at.entry]].row;
        const uint64_t earlier = (uint64_t{1} << at.difference) - 1;
        for (int32_t i = below_start_[at.entry]; i < below_start_[at.entry + 1]; i++) {
            const Seen &child = seen_[plan_.contain_term[below_entry_[i]]];
            if (child.genes & earlier) continue;  // an earlier difference leads to the same child
            edges_.push_back({below_link_[i], row, std::abs(child.row)});
        }
    }
    for (int32_t i = 0; i < count; i++) {
        for (int32_t owned = plan_.owner_start[genes[i]]; owned < plan_.owner_start[genes[i] + 1]; owned++) {
            const int32_t pair = plan_.owner_pair[owned];
            const Seen &seen = seen_[plan_.pair_term[pair]];
            if (seen.strain != strain || seen.row > 0) continue;
            const float change = plan_.owner_change[owned];
            changes_.push_back({pair, -seen.row, in_base_[genes[i]] ? -change : change});
        }
    }
}

void Indexer::write(const IndexArrays &out) const {
    std::copy(base_.begin(), base_.end(), out.base);
    out.row_start[0] = 0;
    for (int64_t term = 0; term < plan_.terms; term++) out.row_start[term + 1] = out.row_start[term] + 1 + other_rows_[term];

    std::fill(out.count, out.count + out.row_start[plan_.terms], 0.f);
    for (int64_t term = 0; term < plan_.terms; term++) out.count[out.row_start[term]] = static_cast<float>(strains_);
    for (size_t strain = 0; strain < distinct_.size(); strain++) {
        const float copies = static_cast<float>(copies_[strain]);
        for (int64_t i = touch_start_[strain]; i < touch_start_[strain + 1]; i++) {
            const int32_t zero = out.row_start[touch_term_[i]];
            out.count[zero] -= copies;
            out.count[zero + touch_row_[i]] += copies;
        }
    }
    int64_t place = 0;
    for (int64_t strain = 0; strain < strains_; strain++) {
        out.touch_start[strain] = static_cast<int32_t>(place);
        for (int64_t i = touch_start_[same_as_[strain]]; i < touch_start_[same_as_[strain] + 1]; i++)
            out.touch_row[place++] = out.row_start[touch_term_[i]] + touch_row_[i];
    }
    out.touch_start[strains_] = static_cast<int32_t>(place);

    // Both lists are sorted by counting; they were made strain by strain, in which order the rows of a term increase.
    std::vector<int32_t> next(plan_.links + 1, 0);
    for (const Edge &edge : edges_) next[edge.link + 1]++;
    for (int64_t link = 0; link < plan_.links; link++) next[link + 1] += next[link];
    std::copy(next.begin(), next.end(), out.edge_start);
    for (const Edge &edge : edges_) {
        const int32_t at = next[edge.link]++;
        out.edge_parent[at] = out.row_start[plan_.link_parent[edge.link]] + edge.parent;
        out.edge_child[at] = out.row_start[plan_.link_child[edge.link]] + edge.child;
    }
    next.assign(plan_.terms + 1, 0);
    for (const Change &change : changes_) next[plan_.pair_term[change.pair] + 1]++;
    for (int64_t term = 0; term < plan_.terms; term++) next[term + 1] += next[term];
    std::copy(next.begin(), next.end(), out.gene_start);
    for (const Change &change : changes_) {
        const int32_t term = plan_.pair_term[change.pair], at = next[term]++;
        out.gene_row[at] = out.row_start[term] + change.row;
        out.gene_pair[at] = change.pair;
        out.gene_change[at] = change.change;
    }
    place = 0;
    for (const int32_t gene : base_) {
        for (int32_t owned = plan_.owner_start[gene]; owned < plan_.owner_start[gene + 1]; owned++, place++) {
            out.base_pair[place] = plan_.owner_pair[owned];
            out.base_change[place] = plan_.owner_change[owned];
        }
    }
}
