// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_definition_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

Result<std::int64_t> read_revision(Session& session) {
    const auto row =
        expect_row(session.query("SELECT revision FROM definitions_revision WHERE one = 1", {}));
    return row ? Result<std::int64_t>(row->integer(0)) : std::unexpected(row.error());
}

Result<void> move_on(Session& session, std::int64_t expected) {
    const auto moved = session.execute(
        "UPDATE definitions_revision SET revision = revision + 1 WHERE one = 1 AND revision = ?",
        {expected});
    if (!moved) {
        return std::unexpected(moved.error());
    }
    return *moved == 1 ? Result<void>()
                       : fail(ErrorCode::kConflict, "the configuration was changed meanwhile");
}

}  // namespace

Result<std::int64_t> SqlDefinitionStore::revision() {
    return read_revision(database_);
}

Result<admin::DefinitionStore::Snapshot> SqlDefinitionStore::load() {
    Snapshot snapshot;
    auto loaded = database_.transaction([&](Session& session) -> Result<void> {
        const auto revision = read_revision(session);
        if (!revision) {
            return std::unexpected(revision.error());
        }
        const auto rows = session.query(
            "SELECT section, id, box, created_at, updated_at FROM definitions ORDER BY place", {});
        if (!rows) {
            return std::unexpected(rows.error());
        }
        snapshot.revision = *revision;
        for (const Row& row : *rows) {
            snapshot.definitions.push_back({.section = row.text(0),
                                            .id = row.text(1),
                                            .box = row.blob(2),
                                            .created_at = read_time(row, 3),
                                            .updated_at = read_time(row, 4)});
        }
        return {};
    });
    return loaded ? Result<Snapshot>(std::move(snapshot)) : std::unexpected(loaded.error());
}

Result<std::int64_t> SqlDefinitionStore::put(const admin::StoredDefinition& definition,
                                             std::int64_t expected) {
    auto done = database_.transaction([&](Session& session) -> Result<void> {
        if (auto moved = move_on(session, expected); !moved) {
            return moved;
        }
        // The revision of its making is its place: revisions only grow.
        return ignore_count(session.execute(
            "INSERT INTO definitions (section, id, place, box, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (section, id) DO UPDATE "
            "SET box = excluded.box, updated_at = excluded.updated_at",
            {definition.section, definition.id, expected + 1, Blob{definition.box},
             time_column(definition.created_at), time_column(definition.updated_at)}));
    });
    return done ? Result<std::int64_t>(expected + 1) : std::unexpected(done.error());
}

Result<std::int64_t> SqlDefinitionStore::remove(std::string_view section,
                                                std::string_view id,
                                                std::int64_t expected) {
    auto done = database_.transaction([&](Session& session) -> Result<void> {
        if (auto moved = move_on(session, expected); !moved) {
            return moved;
        }
        return expect_changed(
            session.execute("DELETE FROM definitions WHERE section = ? AND id = ?",
                            {std::string(section), std::string(id)}));
    });
    return done ? Result<std::int64_t>(expected + 1) : std::unexpected(done.error());
}

}  // namespace gatehouse::storage
