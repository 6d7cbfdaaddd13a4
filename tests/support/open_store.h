// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/database.h"
#include "support/postgres_server.h"

namespace gatehouse::test {

/// True in the run of a test program that has its stores on PostgreSQL.
inline bool on_postgres() {
    const char* store = std::getenv("GATEHOUSE_TEST_STORE");
    return store != nullptr && std::string_view(store) == "postgresql";
}

/// The store that `path` names: a SQLite file there, or, in the program's run on PostgreSQL, a
/// database of its own. The same path leads to the same store again.
inline Result<std::unique_ptr<storage::Database>> open_store(const std::string& path) {
    if (!on_postgres()) {
        return storage::open_sqlite(path);
    }
    static std::map<std::string, std::string> databases;
    auto& server = PostgresServer::shared();
    if (!databases.contains(path)) {
        // Whose folder is gone is a test that is over.
        const auto over = std::ranges::find_if(databases, [](const auto& entry) {
            return !std::filesystem::exists(std::filesystem::path(entry.first).parent_path());
        });
        if (over == databases.end()) {
            databases[path] = server.make_migrated();
        } else {
            auto reused = databases.extract(over);
            server.clean(reused.mapped());
            reused.key() = path;
            databases.insert(std::move(reused));
        }
    }
    return storage::open_postgres(server.url(databases[path]));
}

}  // namespace gatehouse::test
