// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "storage/internal/postgres_schema.h"
#include "storage/postgres_database.h"

namespace gatehouse::storage {

namespace {

std::unexpected<Error> explain(Error error) {
    if (error.code == ErrorCode::kUnavailable) {
        return fail(error.code, "the database cannot be reached", std::move(error.detail));
    }
    return std::unexpected(std::move(error));
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const Secret& url) {
    auto connection = PostgresConnection::open(url, kSchemaDeadlines);
    if (!connection) {
        return explain(std::move(connection.error()));
    }
    if (auto migrated = migrate_postgres(**connection); !migrated) {
        return explain(std::move(migrated.error()));
    }
    return std::make_unique<PostgresDatabase>(url, PostgresDatabase::Options{});
}

}  // namespace gatehouse::storage
