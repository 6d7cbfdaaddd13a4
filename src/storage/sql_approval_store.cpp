// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_approval_store.h"

#include <optional>
#include <utility>

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using runtimes::Sighting;

/// A tool that never shows the same shape twice must not fill the store.
constexpr std::int64_t kMaxShapes = 50;
constexpr std::int64_t kMaxSightings = 50'000;  // of a server

Result<std::int64_t> count_shapes(Session& session,
                                  const std::string& server,
                                  const std::string& tool) {
    const auto row = expect_row(session.query(
        "SELECT COUNT(*) FROM tool_sightings WHERE server = ? AND tool = ?", {server, tool}));
    return row ? Result<std::int64_t>(row->integer(0)) : std::unexpected(row.error());
}

/// The oldest that nobody approved makes room.
Result<void> make_room(Session& session, const std::string& server, const std::string& tool) {
    const auto count = count_shapes(session, server, tool);
    if (!count) {
        return std::unexpected(count.error());
    }
    if (*count < kMaxShapes) {
        return {};
    }
    return ignore_count(session.execute(
        "DELETE FROM tool_sightings WHERE server = ? AND tool = ? AND digest = ("
        "SELECT digest FROM tool_sightings WHERE server = ? AND tool = ? AND approved_at IS NULL "
        "ORDER BY first_seen_at, digest LIMIT 1)",
        {server, tool, server, tool}));
}

Result<bool> add(Session& session,
                 const std::string& server,
                 const Sighting& seen,
                 const std::optional<Timestamp>& approved_at,
                 Timestamp now) {
    const auto added = session.execute(
        "INSERT INTO tool_sightings (server, tool, digest, first_seen_at, approved_at) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (server, tool, digest) DO NOTHING",
        {server, seen.tool, seen.digest, time_column(now), time_column(approved_at)});
    return added ? Result<bool>(*added == 1) : std::unexpected(added.error());
}

}  // namespace

Result<runtimes::ApprovalStore::Noted> SqlApprovalStore::note(std::string_view server,
                                                              const std::vector<Sighting>& seen,
                                                              Welcome welcome,
                                                              Timestamp now) {
    const std::string name(server);
    Noted noted;
    auto done = database_.transaction([&](Session& session) -> Result<void> {
        noted = {};
        const auto first = session.execute(
            "INSERT INTO tool_baselines (server, made_at) VALUES (?, ?) ON CONFLICT (server) DO "
            "NOTHING",
            {name, time_column(now)});
        if (!first) {
            return std::unexpected(first.error());
        }
        noted.first = *first == 1;
        const auto kept = expect_row(
            session.query("SELECT COUNT(*) FROM tool_sightings WHERE server = ?", {name}));
        if (!kept) {
            return std::unexpected(kept.error());
        }
        std::int64_t room_left = kMaxSightings - kept->integer(0);
        const bool approve = noted.first || welcome == Welcome::kApprove;
        const auto approved_at = approve ? std::optional(now) : std::nullopt;
        for (const Sighting& sighting : seen) {
            if (room_left <= 0) {
                break;
            }
            const auto added = add(session, name, sighting, approved_at, now);
            if (!added) {
                return std::unexpected(added.error());
            }
            if (!*added) {
                continue;
            }
            --room_left;
            noted.fresh.push_back({sighting.tool, sighting.digest, approve});
            if (!noted.first) {
                if (auto room = make_room(session, name, sighting.tool); !room) {
                    return room;
                }
            }
        }
        return {};
    });
    return done ? Result<Noted>(std::move(noted)) : std::unexpected(done.error());
}

Result<std::vector<Sighting>> SqlApprovalStore::list(std::string_view server) {
    const auto rows = database_.query(
        "SELECT tool, digest, approved_at FROM tool_sightings WHERE server = ? "
        "ORDER BY tool, first_seen_at, digest",
        {std::string(server)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Sighting> sightings;
    sightings.reserve(rows->size());
    for (const Row& row : *rows) {
        sightings.push_back({row.text(0), row.text(1), !row.is_null(2)});
    }
    return sightings;
}

Result<void> SqlApprovalStore::approve(std::string_view server,
                                       const std::vector<Sighting>& shapes,
                                       Timestamp now) {
    const std::string name(server);
    return database_.transaction([&](Session& session) -> Result<void> {
        for (const Sighting& shape : shapes) {
            if (auto others = ignore_count(session.execute(
                    "UPDATE tool_sightings SET approved_at = NULL WHERE server = ? AND tool = ?",
                    {name, shape.tool}));
                !others) {
                return others;
            }
        }
        for (const Sighting& shape : shapes) {
            if (auto approved = ignore_count(session.execute(
                    "INSERT INTO tool_sightings (server, tool, digest, first_seen_at, approved_at) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (server, tool, digest) DO UPDATE SET "
                    "approved_at = excluded.approved_at",
                    {name, shape.tool, shape.digest, time_column(now), time_column(now)}));
                !approved) {
                return approved;
            }
        }
        return {};
    });
}

}  // namespace gatehouse::storage
