// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "storage/internal/migrations.h"
#include "storage/internal/postgres_dialect.h"

namespace gatehouse::storage {

std::vector<PostgresMigration> postgres_migrations() {
    std::map<std::int64_t, PostgresMigration> by_version;
    for (const Migration& step : sqlite_migrations()) {
        by_version[step.version] = {.version = step.version,
                                    .name = std::string(step.name),
                                    .sql = to_postgres_types(step.sql)};
    }
    for (const Migration& step : postgres_only_migrations()) {
        by_version[step.version] = {
            .version = step.version, .name = std::string(step.name), .sql = std::string(step.sql)};
    }
    std::vector<PostgresMigration> steps;
    for (auto& [version, step] : by_version) {
        steps.push_back(std::move(step));
    }
    return steps;
}

}  // namespace gatehouse::storage
