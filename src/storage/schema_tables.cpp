// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/schema_tables.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace gatehouse::storage {

Result<std::vector<Table>> read_tables(Session& session, const SchemaQueries& queries) {
    const auto columns = session.query(queries.columns, {});
    const auto parents = session.query(queries.parents, {});
    if (!columns || !parents) {
        return std::unexpected(columns ? parents.error() : columns.error());
    }
    std::vector<Table> tables;
    std::map<std::int64_t, std::string> key;
    for (std::size_t i = 0; i < columns->size(); ++i) {
        const Row& row = (*columns)[i];
        if (tables.empty() || tables.back().name != row.text(0)) {
            tables.push_back({.name = row.text(0), .columns = {}, .key = {}, .parents = {}});
            key.clear();
        }
        tables.back().columns.push_back(row.text(1));
        if (row.integer(2) > 0) {
            key[row.integer(2)] = row.text(1);
        }
        tables.back().key.clear();
        for (const auto& [place, name] : key) {
            tables.back().key.push_back(name);
        }
    }
    for (const Row& row : *parents) {
        const auto table = std::ranges::find(tables, row.text(0), &Table::name);
        if (table != tables.end()) {
            table->parents.push_back(row.text(1));
        }
    }
    return tables;
}

std::vector<Table> parents_first(std::vector<Table> tables) {
    std::vector<Table> sorted;
    std::set<std::string> done;
    while (!tables.empty()) {
        const auto ready = std::ranges::find_if(tables, [&](const Table& table) {
            return std::ranges::all_of(table.parents, [&](const std::string& parent) {
                return parent == table.name || done.contains(parent);
            });
        });
        const auto next = ready == tables.end() ? tables.begin() : ready;
        done.insert(next->name);
        sorted.push_back(std::move(*next));
        tables.erase(next);
    }
    return sorted;
}

Result<void> drop_tables(Session& session, Result<std::vector<Table>> tables) {
    if (!tables) {
        return std::unexpected(std::move(tables.error()));
    }
    auto sorted = parents_first(*std::move(tables));
    std::ranges::reverse(sorted);
    for (const Table& table : sorted) {
        if (auto dropped = session.execute("DROP TABLE " + table.name, {}); !dropped) {
            return std::unexpected(dropped.error());
        }
    }
    return {};
}

Result<void> load_tables(Session& session,
                         Result<std::vector<Table>> tables,
                         const Database::Load& load) {
    return tables ? load(session, *std::move(tables)) : std::unexpected(std::move(tables.error()));
}

Result<void> load_into_empty(Session& session,
                             Result<std::vector<Table>> tables,
                             const Database::Load& load) {
    if (!tables) {
        return std::unexpected(std::move(tables.error()));
    }
    // Steps of the schema leave rows, too; those of the copy come in their place.
    auto sorted = parents_first(*tables);
    std::ranges::reverse(sorted);
    for (const Table& table : sorted) {
        if (table.name == "schema_migrations") {
            continue;
        }
        if (auto emptied = session.execute("DELETE FROM " + table.name, {}); !emptied) {
            return std::unexpected(emptied.error());
        }
    }
    return load(session, *std::move(tables));
}

std::unexpected<Error> unknown_version(std::int64_t version) {
    return fail(ErrorCode::kInvalid, "the backup has schema version " + std::to_string(version) +
                                         ", which this program does not know");
}

}  // namespace gatehouse::storage
