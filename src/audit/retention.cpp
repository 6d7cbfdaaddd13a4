// SPDX-License-Identifier: Apache-2.0
#include "audit/retention.h"

#include <algorithm>

#include "audit/record.h"

namespace gatehouse::audit {
namespace {

constexpr std::size_t kBatch = 500;

}  // namespace

Result<std::size_t> Retention::retire(const ChainStore::RetireQuery& query) {
    auto records = store_.oldest(query);
    if (!records) {
        return std::unexpected(records.error());
    }
    for (RetireCandidate& record : *records) {
        record.proof = seal_.of_retired(record.replica, record.link);
    }
    return records->empty() ? Result<std::size_t>(0) : store_.retire(*records);
}

Result<std::size_t> Retention::run(const RetentionPlan& plan, std::size_t limit) {
    const Timestamp now = clock_.now();
    std::vector<ChainStore::RetireQuery> queries;
    std::vector<std::string> known;
    std::chrono::hours longest{0};
    for (const RetentionPlan::Rule& rule : plan.servers) {
        queries.push_back({.server = rule.server,
                           .known = {},
                           .before_id = first_id_at(now - rule.keep),
                           .limit = kBatch});
        known.push_back(rule.server);
        longest = std::max(longest, rule.keep);
    }
    if (longest > std::chrono::hours(0)) {
        queries.push_back({.server = {},
                           .known = std::move(known),
                           .before_id = first_id_at(now - longest),
                           .limit = kBatch});
    }
    std::size_t total = 0;
    for (ChainStore::RetireQuery& query : queries) {
        while (total < limit) {
            query.limit = std::min(kBatch, limit - total);
            const auto gone = retire(query);
            if (!gone) {
                return gone;
            }
            total += *gone;
            if (*gone < query.limit) {
                break;
            }
        }
    }
    if (total > 0) {
        if (auto done = cut(); !done) {
            return std::unexpected(done.error());
        }
    }
    return total;
}

Result<void> Retention::cut() {
    const auto head = ingester_.head();
    if (!head) {
        return std::unexpected(head.error());
    }
    const auto first = store_.first_current(head->replica);
    if (!first) {
        return std::unexpected(first.error());
    }
    const std::uint64_t start = *first ? **first - 1 : head->seq;
    if (start <= head->start_seq) {
        return {};
    }
    const auto links = store_.links(head->replica, start - 1, 1);
    if (!links) {
        return std::unexpected(links.error());
    }
    if (links->empty() || links->front().link.seq != start) {
        return {};  // a hole, which verifying has to show
    }
    return ingester_.cut(start, links->front().link.hash);
}

}  // namespace gatehouse::audit
