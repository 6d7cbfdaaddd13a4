// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_traffic_store.h"

#include <string>

#include "base/clock.h"

namespace gatehouse::storage {
namespace {

// The newest records come first by id, so that an old store costs no more than a young one.
std::string count_sql() {
    std::string sql =
        "SELECT (time - ?) / ? AS step, COUNT(*), "
        "COUNT(CASE WHEN effect <> 'deny' AND (http_status >= 400 OR rpc_code IS NOT NULL OR "
        "is_error = 1) THEN 1 END), COUNT(CASE WHEN effect = 'deny' THEN 1 END)";
    std::int64_t low = 0;
    for (const std::int64_t end : admin::kDurationEnds) {
        sql += ", COUNT(CASE WHEN duration_us >= " + std::to_string(low * 1000) +
               " AND duration_us < " + std::to_string(end * 1000) + " THEN 1 END)";
        low = end;
    }
    sql += ", COUNT(CASE WHEN duration_us >= " + std::to_string(low * 1000) + " THEN 1 END)";
    sql +=
        " FROM (SELECT time, effect, http_status, rpc_code, is_error, duration_us FROM "
        "audit_records WHERE id >= ? AND kind = 'call' ORDER BY id DESC LIMIT ?) AS newest "
        "WHERE time >= ? GROUP BY step ORDER BY step";
    return sql;
}

}  // namespace

Result<std::vector<admin::TrafficBucket>> SqlTrafficStore::count(
    const admin::TrafficWindow& window) {
    static const std::string sql = count_sql();
    const std::int64_t since = to_unix_millis(window.since);
    // An id begins with the milliseconds (audit/journal.cpp), so the scan ends where the window
    // does.
    constexpr std::int64_t kIdsInAMillisecond = 1 << 20;
    const auto rows = database_.query(sql, {since, static_cast<std::int64_t>(window.step.count()),
                                            since * kIdsInAMillisecond, window.most, since});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    constexpr std::size_t kFirstClass = 4;
    std::vector<admin::TrafficBucket> buckets;
    for (const Row& row : *rows) {
        admin::TrafficBucket bucket{.step = row.integer(0),
                                    .calls = row.integer(1),
                                    .errors = row.integer(2),
                                    .refused = row.integer(3),
                                    .durations = {}};
        for (std::size_t i = 0; i <= std::size(admin::kDurationEnds); ++i) {
            bucket.durations.push_back(row.integer(kFirstClass + i));
        }
        buckets.push_back(std::move(bucket));
    }
    return buckets;
}

}  // namespace gatehouse::storage
