// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_sign_in_token_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using identity::SignInLease;
using identity::StoredSignIn;

constexpr std::string_view kColumns = "user_id, provider, sealed, version, updated_at";

StoredSignIn to_sign_in(const Row& row) {
    return {.user_id = row.text(0),
            .provider = row.text(1),
            .sealed = row.blob(2),
            .version = static_cast<std::uint64_t>(row.integer(3)),
            .updated_at = read_time(row, 4)};
}

Result<bool> changed_one(const Result<std::int64_t>& rows) {
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

}  // namespace

Result<void> SqlSignInTokenStore::keep(const StoredSignIn& sign_in) {
    return ignore_count(database_.execute(
        "INSERT INTO sign_in_tokens (user_id, provider, sealed, version, updated_at, lease_owner, "
        "lease_until) VALUES (?, ?, ?, 1, ?, '', 0) ON CONFLICT (user_id, provider) DO UPDATE SET "
        "sealed = excluded.sealed, version = sign_in_tokens.version + 1, "
        "updated_at = excluded.updated_at, lease_owner = '', lease_until = 0",
        {sign_in.user_id, sign_in.provider, Blob{sign_in.sealed},
         time_column(sign_in.updated_at)}));
}

Result<StoredSignIn> SqlSignInTokenStore::find(std::string_view user_id,
                                               std::string_view provider) {
    const auto row =
        expect_row(database_.query("SELECT " + std::string(kColumns) +
                                       " FROM sign_in_tokens WHERE user_id = ? AND provider = ?",
                                   {std::string(user_id), std::string(provider)}));
    return row ? Result<StoredSignIn>(to_sign_in(*row)) : std::unexpected(row.error());
}

Result<bool> SqlSignInTokenStore::lease(const SignInLease& lease) {
    return changed_one(database_.execute(
        "UPDATE sign_in_tokens SET lease_owner = ?, lease_until = ? WHERE user_id = ? AND "
        "provider = ? AND version = ? AND lease_until <= ?",
        {lease.owner, time_column(lease.until), lease.user_id, lease.provider,
         static_cast<std::int64_t>(lease.version), time_column(lease.now)}));
}

Result<void> SqlSignInTokenStore::release(const SignInLease& lease) {
    return ignore_count(database_.execute(
        "UPDATE sign_in_tokens SET lease_owner = '', lease_until = 0 WHERE user_id = ? AND "
        "provider = ? AND lease_owner = ?",
        {lease.user_id, lease.provider, lease.owner}));
}

Result<bool> SqlSignInTokenStore::renew(const StoredSignIn& sign_in) {
    return changed_one(database_.execute(
        "UPDATE sign_in_tokens SET sealed = ?, version = version + 1, updated_at = ?, "
        "lease_owner = '', lease_until = 0 WHERE user_id = ? AND provider = ? AND version = ?",
        {Blob{sign_in.sealed}, time_column(sign_in.updated_at), sign_in.user_id, sign_in.provider,
         static_cast<std::int64_t>(sign_in.version)}));
}

Result<bool> SqlSignInTokenStore::reseal(const StoredSignIn& sign_in) {
    return changed_one(database_.execute(
        "UPDATE sign_in_tokens SET sealed = ? WHERE user_id = ? AND provider = ? AND version = ?",
        {Blob{sign_in.sealed}, sign_in.user_id, sign_in.provider,
         static_cast<std::int64_t>(sign_in.version)}));
}

Result<std::vector<StoredSignIn>> SqlSignInTokenStore::list(std::string_view after_user,
                                                            std::string_view after_provider,
                                                            std::size_t limit) {
    const std::string user(after_user);
    const auto rows = database_.query(
        "SELECT " + std::string(kColumns) +
            " FROM sign_in_tokens WHERE user_id > ? OR (user_id = ? AND provider > ?) "
            "ORDER BY user_id, provider LIMIT ?",
        {user, user, std::string(after_provider), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<StoredSignIn> found;
    for (const Row& row : *rows) {
        found.push_back(to_sign_in(row));
    }
    return found;
}

Result<void> SqlSignInTokenStore::remove_of(std::string_view user_id) {
    return ignore_count(
        database_.execute("DELETE FROM sign_in_tokens WHERE user_id = ?", {std::string(user_id)}));
}

Result<void> SqlSignInTokenStore::remove_unused(Timestamp before) {
    return ignore_count(database_.execute(
        "DELETE FROM sign_in_tokens WHERE updated_at < ? AND NOT EXISTS (SELECT 1 "
        "FROM grants WHERE grants.user_id = sign_in_tokens.user_id)",
        {time_column(before)}));
}

}  // namespace gatehouse::storage
