// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_password_reset_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using identity::PasswordReset;

Result<void> SqlPasswordResetStore::insert(const PasswordReset& reset) {
    return ignore_count(database_.execute(
        "INSERT INTO password_resets (user_id, digest, expires_at) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, "
        "expires_at = excluded.expires_at",
        {reset.user_id, reset.digest, time_column(reset.expires_at)}));
}

Result<PasswordReset> SqlPasswordResetStore::find(std::string_view digest) {
    const auto row = expect_row(
        database_.query("SELECT digest, user_id, expires_at FROM password_resets WHERE digest = ?",
                        {std::string(digest)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return PasswordReset{
        .digest = row->text(0), .user_id = row->text(1), .expires_at = read_time(*row, 2)};
}

Result<bool> SqlPasswordResetStore::remove(std::string_view digest) {
    const auto rows =
        database_.execute("DELETE FROM password_resets WHERE digest = ?", {std::string(digest)});
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

Result<void> SqlPasswordResetStore::remove_of(std::string_view user_id) {
    return ignore_count(
        database_.execute("DELETE FROM password_resets WHERE user_id = ?", {std::string(user_id)}));
}

Result<void> SqlPasswordResetStore::remove_expired(Timestamp now) {
    return ignore_count(
        database_.execute("DELETE FROM password_resets WHERE expires_at <= ?", {time_column(now)}));
}

}  // namespace gatehouse::storage
