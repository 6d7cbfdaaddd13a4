// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_transaction_store.h"

#include "base/strings.h"
#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using oauth::Purpose;
using oauth::Stage;
using oauth::Transaction;

/// Stored numbers; kept apart from the enumerators' order.
constexpr std::int64_t to_number(Purpose purpose) {
    switch (purpose) {
        case Purpose::kAuthorize:
            return 1;
        case Purpose::kSignIn:
            return 2;
        case Purpose::kConnect:
            return 3;
    }
    return 0;
}

constexpr std::int64_t to_number(Stage stage) {
    switch (stage) {
        case Stage::kOpen:
            return 1;
        case Stage::kApproved:
            return 2;
        case Stage::kFinished:
            return 3;
    }
    return 0;
}

Purpose read_purpose(std::int64_t number) {
    return number == 1 ? Purpose::kAuthorize : number == 2 ? Purpose::kSignIn : Purpose::kConnect;
}

/// A number that nobody wrote counts as over: nothing may come of it.
Stage read_stage(std::int64_t number) {
    return number == 1 ? Stage::kOpen : number == 2 ? Stage::kApproved : Stage::kFinished;
}

Field optional_column(const std::optional<std::string>& text) {
    return text ? Field(*text) : Field(nullptr);
}

Field optional_column(const std::optional<std::chrono::seconds>& seconds) {
    return seconds ? Field(std::int64_t{seconds->count()}) : Field(nullptr);
}

Transaction to_transaction(const Row& row) {
    Transaction read{.id = row.text(0),
                     .purpose = read_purpose(row.integer(1)),
                     .stage = read_stage(row.integer(2)),
                     .browser_digest = row.text(3),
                     .source = row.text(4),
                     .origin = row.text(5),
                     .client_id = row.text(6),
                     .redirect_uri = row.text(7),
                     .code_challenge = row.text(8),
                     .login_hint = row.text(9),
                     .asked_scopes = split_words(row.text(11)),
                     .prompts = static_cast<unsigned>(row.integer(12)),
                     .server = row.text(14),
                     .scopes = split_words(row.text(15)),
                     .user_id = row.text(16),
                     .created_at = read_time(row, 17),
                     .expires_at = read_time(row, 18)};
    read.acr_values = row.text(19);
    read.ui_locales = row.text(20);
    if (!row.is_null(10)) {
        read.state = row.text(10);
    }
    if (!row.is_null(13)) {
        read.max_age = std::chrono::seconds{row.integer(13)};
    }
    return read;
}

Result<bool> changed_one(const Result<std::int64_t>& rows) {
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

}  // namespace

Result<void> SqlTransactionStore::insert(const Transaction& t, std::size_t most) {
    return database_.transaction([&](Session& sql) -> Result<void> {
        const auto inserted = sql.execute(
            "INSERT INTO transactions (id, purpose, stage, browser_digest, source, origin, "
            "client_id, redirect_uri, code_challenge, login_hint, state, asked_scopes, prompts, "
            "max_age, server, scopes, user_id, created_at, expires_at, acr_values, ui_locales) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {t.id,
             to_number(t.purpose),
             to_number(t.stage),
             t.browser_digest,
             t.source,
             t.origin,
             t.client_id,
             t.redirect_uri,
             t.code_challenge,
             t.login_hint,
             optional_column(t.state),
             join(t.asked_scopes, " "),
             std::int64_t{t.prompts},
             optional_column(t.max_age),
             t.server,
             join(t.scopes, " "),
             t.user_id,
             time_column(t.created_at),
             time_column(t.expires_at),
             t.acr_values,
             t.ui_locales});
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        return ignore_count(
            sql.execute("DELETE FROM transactions WHERE source = ? AND id <> ? AND id NOT IN "
                        "(SELECT id FROM transactions WHERE source = ? "
                        "ORDER BY created_at DESC, id LIMIT ?)",
                        {t.source, t.id, t.source, static_cast<std::int64_t>(most)}));
    });
}

Result<Transaction> SqlTransactionStore::find(std::string_view id) {
    const auto row = expect_row(database_.query(
        "SELECT id, purpose, stage, browser_digest, source, origin, client_id, redirect_uri, "
        "code_challenge, login_hint, state, asked_scopes, prompts, max_age, server, scopes, "
        "user_id, created_at, expires_at, acr_values, ui_locales FROM transactions WHERE id = ?",
        {std::string(id)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return to_transaction(*row);
}

Result<bool> SqlTransactionStore::choose_server(const Transaction& chosen) {
    return changed_one(database_.execute(
        "UPDATE transactions SET server = ?, scopes = ? WHERE id = ? AND stage = ? AND server = ''",
        {chosen.server, join(chosen.scopes, " "), chosen.id, to_number(Stage::kOpen)}));
}

Result<bool> SqlTransactionStore::advance(Stage from, const Transaction& next) {
    return changed_one(database_.execute(
        "UPDATE transactions SET stage = ?, scopes = ?, user_id = ?, expires_at = ? "
        "WHERE id = ? AND stage = ?",
        {to_number(next.stage), join(next.scopes, " "), next.user_id, time_column(next.expires_at),
         next.id, to_number(from)}));
}

Result<void> SqlTransactionStore::remove_expired(Timestamp before) {
    return ignore_count(
        database_.execute("DELETE FROM transactions WHERE expires_at < ?", {time_column(before)}));
}

}  // namespace gatehouse::storage
