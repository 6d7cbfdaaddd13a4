// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_chain_store.h"

#include <algorithm>
#include <utility>

#include "storage/columns.h"
#include "storage/internal/record_columns.h"

namespace gatehouse::storage {
namespace {

using audit::ChainHead;
using audit::Link;
using audit::LinkState;
using audit::RetireCandidate;
using audit::StoredAnchor;
using audit::StoredLink;

constexpr std::size_t kLinkAt = kRecordColumns.size();
constexpr std::string_view kChainColumns =
    "replica, number, seq, record, hash, start_seq, start_hash, seal";

std::int64_t to_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// What a column holds, whatever its type has become.
std::string bytes_of(const Row& row, std::size_t column) {
    const Field& field = row.fields()[column];
    if (const auto* blob = std::get_if<Blob>(&field)) {
        return blob->bytes;
    }
    const auto* text = std::get_if<std::string>(&field);
    return text == nullptr ? std::string() : *text;
}

std::uint64_t number_of(const Row& row, std::size_t column) {
    const auto* number = std::get_if<std::int64_t>(&row.fields()[column]);
    return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
}

ChainHead read_head(const Row& row) {
    return {.replica = bytes_of(row, 0),
            .number = static_cast<std::uint32_t>(number_of(row, 1)),
            .seq = number_of(row, 2),
            .hash = bytes_of(row, 4),
            .record = number_of(row, 3),
            .start_seq = number_of(row, 5),
            .start_hash = bytes_of(row, 6),
            .seal = bytes_of(row, 7)};
}

/// From a row of record columns and then replica, seq, previous, hash.
StoredLink read_current(const Row& row) {
    return {.link = {.seq = number_of(row, kLinkAt + 1),
                     .record = number_of(row, 0),
                     .previous = number_of(row, kLinkAt + 2),
                     .digest = record_digest(row),
                     .hash = bytes_of(row, kLinkAt + 3)},
            .state = LinkState::kCurrent,
            .proof = {}};
}

StoredLink read_kept(const Row& row) {
    std::string proof = bytes_of(row, 5);
    const LinkState state = proof.empty() ? LinkState::kSuperseded : LinkState::kRetired;
    return {.link = {.seq = number_of(row, 0),
                     .record = number_of(row, 1),
                     .previous = number_of(row, 2),
                     .digest = bytes_of(row, 3),
                     .hash = bytes_of(row, 4)},
            .state = state,
            .proof = std::move(proof)};
}

Result<std::vector<ChainHead>> read_heads(Result<std::vector<Row>> rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<ChainHead> heads;
    for (const Row& row : *rows) {
        heads.push_back(read_head(row));
    }
    return heads;
}

}  // namespace

Result<ChainHead> SqlChainStore::open_chain(std::string_view replica) {
    const auto made = database_.execute(
        "INSERT INTO audit_chains (replica, number, seq, record, hash, start_seq, start_hash, "
        "seal) SELECT ?, COALESCE(MAX(number) + 1, 0), 0, 0, ?, 0, ?, ? FROM audit_chains WHERE 1 "
        "= 1 ON CONFLICT (replica) DO NOTHING",
        {std::string(replica), Blob{audit::chain_origin()}, Blob{audit::chain_origin()}, Blob{}});
    if (!made) {
        return std::unexpected(made.error());
    }
    auto heads = read_heads(database_.query(
        "SELECT " + std::string(kChainColumns) + " FROM audit_chains WHERE replica = ?",
        {std::string(replica)}));
    if (!heads) {
        return std::unexpected(heads.error());
    }
    if (heads->empty()) {
        return fail(ErrorCode::kUnavailable, "the chain of audit records cannot be opened");
    }
    return std::move(heads->front());
}

Result<std::vector<ChainHead>> SqlChainStore::chains() {
    return read_heads(database_.query(
        "SELECT " + std::string(kChainColumns) + " FROM audit_chains ORDER BY replica", {}));
}

Result<std::vector<StoredLink>> SqlChainStore::links(std::string_view replica,
                                                     std::uint64_t after_seq,
                                                     std::size_t limit) {
    const std::vector<Field> place{std::string(replica), to_column(after_seq),
                                   static_cast<std::int64_t>(limit)};
    const auto current = database_.query(
        "SELECT " + record_columns() +
            ", replica, seq, previous, hash FROM audit_records WHERE replica = ? AND seq > ? "
            "ORDER BY seq LIMIT ?",
        place);
    if (!current) {
        return std::unexpected(current.error());
    }
    const auto kept = database_.query(
        "SELECT seq, record, previous, digest, hash, proof FROM audit_links WHERE replica = ? "
        "AND seq > ? ORDER BY seq LIMIT ?",
        place);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    std::vector<StoredLink> links;
    std::ranges::transform(*kept, std::back_inserter(links), read_kept);
    std::ranges::transform(*current, std::back_inserter(links), read_current);
    std::ranges::sort(links, {}, [](const StoredLink& stored) {
        return std::pair(stored.link.seq, stored.state == LinkState::kCurrent);
    });
    // A record that changed between the two questions is in both; the one that was kept counts.
    const auto same = std::ranges::unique(links, [](const StoredLink& a, const StoredLink& b) {
        return a.link.seq == b.link.seq && a.link.record == b.link.record &&
               a.link.hash == b.link.hash;
    });
    links.erase(same.begin(), same.end());
    if (links.size() > limit) {
        links.resize(limit);
    }
    return links;
}

Result<std::optional<std::uint64_t>> SqlChainStore::newest_link_of(std::uint64_t record) {
    const std::int64_t id = to_column(record);
    auto rows = database_.query(
        "SELECT MAX(seq) FROM (SELECT seq FROM audit_records WHERE id = ? UNION ALL "
        "SELECT seq FROM audit_links WHERE record = ?) AS both_of_them",
        {id, id});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty() || rows->front().is_null(0)) {
        return std::nullopt;
    }
    return number_of(rows->front(), 0);
}

Result<std::vector<std::uint64_t>> SqlChainStore::unlinked(std::uint64_t after_id,
                                                           std::size_t limit) {
    auto rows = database_.query(
        "SELECT id FROM audit_records WHERE id > ? AND (seq IS NULL OR replica NOT IN (SELECT "
        "replica FROM audit_chains)) ORDER BY id LIMIT ?",
        {to_column(after_id), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<std::uint64_t> ids;
    for (const Row& row : *rows) {
        ids.push_back(number_of(row, 0));
    }
    return ids;
}

Result<void> SqlChainStore::add_anchor(const StoredAnchor& anchor) {
    return ignore_count(database_.execute(
        "INSERT INTO audit_anchors (replica, seq, hash, time, statement) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (replica, seq) DO NOTHING",
        {anchor.replica, to_column(anchor.seq), Blob{anchor.hash}, to_unix_millis(anchor.time),
         anchor.statement}));
}

Result<std::vector<StoredAnchor>> SqlChainStore::anchors(std::string_view replica) {
    auto rows = database_.query(
        "SELECT replica, seq, hash, time, statement FROM audit_anchors WHERE replica = ? OR ? = '' "
        "ORDER BY replica, seq",
        {std::string(replica), std::string(replica)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<StoredAnchor> anchors;
    for (const Row& row : *rows) {
        anchors.push_back({.replica = bytes_of(row, 0),
                           .seq = number_of(row, 1),
                           .hash = bytes_of(row, 2),
                           .time = from_unix_millis(static_cast<std::int64_t>(number_of(row, 3))),
                           .statement = bytes_of(row, 4)});
    }
    return anchors;
}

Result<std::vector<RetireCandidate>> SqlChainStore::oldest(const RetireQuery& query) {
    std::string sql = "SELECT " + record_columns() +
                      ", replica, seq, previous, hash FROM audit_records WHERE id < ? AND seq IS "
                      "NOT NULL";
    std::vector<Field> fields{to_column(query.before_id)};
    if (!query.server.empty()) {
        sql += " AND server = ?";
        fields.emplace_back(query.server);
    }
    for (const std::string& known :
         query.server.empty() ? query.known : std::vector<std::string>()) {
        sql += " AND server <> ?";
        fields.emplace_back(known);
    }
    fields.emplace_back(static_cast<std::int64_t>(query.limit));
    auto rows = database_.query(sql + " ORDER BY id LIMIT ?", fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<RetireCandidate> found;
    for (const Row& row : *rows) {
        found.push_back(
            {.replica = bytes_of(row, kLinkAt), .link = read_current(row).link, .proof = {}});
    }
    return found;
}

Result<std::size_t> SqlChainStore::retire(const std::vector<RetireCandidate>& records) {
    std::size_t retired = 0;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        retired = 0;
        for (const RetireCandidate& record : records) {
            const auto removed = session.execute(
                "DELETE FROM audit_records WHERE id = ? AND replica = ? AND seq = ?",
                {to_column(record.link.record), record.replica, to_column(record.link.seq)});
            if (!removed) {
                return std::unexpected(removed.error());
            }
            if (*removed == 0) {
                continue;
            }
            ++retired;
            const auto kept = session.execute(
                "INSERT INTO audit_links (replica, seq, record, previous, digest, hash, proof) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                {record.replica, to_column(record.link.seq), to_column(record.link.record),
                 to_column(record.link.previous), Blob{record.link.digest}, Blob{record.link.hash},
                 Blob{record.proof}});
            if (!kept) {
                return std::unexpected(kept.error());
            }
        }
        return {};
    });
    return done ? Result<std::size_t>(retired) : std::unexpected(done.error());
}

Result<void> SqlChainStore::cut(const ChainHead& head) {
    return database_.transaction([&](Session& session) -> Result<void> {
        const auto changed = session.execute(
            "UPDATE audit_chains SET start_seq = ?, start_hash = ?, seal = ? "
            "WHERE replica = ? AND seq = ?",
            {to_column(head.start_seq), Blob{head.start_hash}, Blob{head.seal}, head.replica,
             to_column(head.seq)});
        if (!changed) {
            return std::unexpected(changed.error());
        }
        if (*changed == 0) {
            return fail(ErrorCode::kConflict, "the chain grew meanwhile");
        }
        return ignore_count(
            session.execute("DELETE FROM audit_links WHERE replica = ? AND seq <= ?",
                            {head.replica, to_column(head.start_seq)}));
    });
}

Result<std::optional<std::uint64_t>> SqlChainStore::first_current(std::string_view replica) {
    auto rows = database_.query(
        "SELECT seq FROM audit_records WHERE replica = ? AND seq > 0 ORDER BY seq LIMIT 1",
        {std::string(replica)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? std::nullopt : std::optional(number_of(rows->front(), 0));
}

}  // namespace gatehouse::storage
