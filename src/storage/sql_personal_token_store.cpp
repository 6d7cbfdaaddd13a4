// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_personal_token_store.h"

#include "storage/connection_columns.h"

namespace gatehouse::storage {

using oauth::PersonalToken;

Result<void> SqlPersonalTokenStore::add(const PersonalToken& token) {
    return database_.transaction([&](Session& session) -> Result<void> {
        if (auto inserted = insert_connection(session, token.connection); !inserted) {
            return inserted;
        }
        if (auto inserted = ignore_count(session.execute(
                "INSERT INTO personal_tokens (connection_id, digest, tools) VALUES (?, ?, ?)",
                {token.connection.id, token.digest, strings_column(token.tools)}));
            !inserted) {
            return inserted;
        }
        return ignore_count(session.execute(
            "INSERT INTO personal_token_changes (id, version) VALUES (1, 1) ON CONFLICT (id) "
            "DO UPDATE SET version = personal_token_changes.version + 1",
            {}));
    });
}

Result<std::vector<PersonalToken>> SqlPersonalTokenStore::living(std::string_view user_id,
                                                                 Timestamp now) {
    std::string sql = "SELECT " GATEHOUSE_CONNECTION_COLUMNS
                      ", digest, tools FROM connections JOIN personal_tokens ON connection_id = id "
                      "WHERE revoked_at IS NULL AND expires_at > ?";
    std::vector<Field> fields{time_column(now)};
    if (!user_id.empty()) {
        sql += " AND user_id = ?";
        fields.emplace_back(std::string(user_id));
    }
    const auto rows = database_.query(sql + " ORDER BY created_at, id", fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<PersonalToken> tokens;
    tokens.reserve(rows->size());
    for (const Row& row : *rows) {
        auto tools = read_strings(row, 14);
        if (!tools) {
            return std::unexpected(tools.error());
        }
        tokens.push_back({.digest = row.text(13),
                          .connection = read_connection(row),
                          .tools = *std::move(tools)});
    }
    return tokens;
}

Result<std::int64_t> SqlPersonalTokenStore::version() {
    const auto rows =
        database_.query("SELECT version FROM personal_token_changes WHERE id = 1", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : rows->front().integer(0);
}

}  // namespace gatehouse::storage
