// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_user_store.h"

#include "base/strings.h"
#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using identity::User;

#define GATEHOUSE_USER_COLUMNS                                                                 \
    "id, source, subject, name, email, email_verified, group_names, disabled, password_hash, " \
    "created_at, last_sign_in_at"

Field flag_column(bool flag) {
    return std::int64_t{flag ? 1 : 0};
}

Field login_column(const User& user) {
    return user.source == "local" ? Field(to_lower(user.subject)) : Field(nullptr);
}

Field login_email_column(const User& user) {
    // An address that nobody verified may be another person's, and must not keep that one out.
    const bool counts = user.source == "local" && user.email_verified && !user.email.empty();
    return counts ? Field(to_lower(user.email)) : Field(nullptr);
}

Result<User> read_user(const Row& row) {
    auto groups = read_strings(row, 6);
    if (!groups) {
        return std::unexpected(groups.error());
    }
    return User{.id = row.text(0),
                .source = row.text(1),
                .subject = row.text(2),
                .name = row.text(3),
                .email = row.text(4),
                .email_verified = row.integer(5) != 0,
                .groups = *std::move(groups),
                .disabled = row.integer(7) != 0,
                .password_hash = row.text(8),
                .created_at = read_time(row, 9),
                .last_sign_in_at = read_time(row, 10)};
}

Result<User> read_one(Result<std::vector<Row>> rows) {
    const auto row = expect_row(std::move(rows));
    if (!row) {
        return std::unexpected(row.error());
    }
    return read_user(*row);
}

}  // namespace

Result<void> SqlUserStore::insert(const User& user) {
    return ignore_count(database_.execute(
        "INSERT INTO users (" GATEHOUSE_USER_COLUMNS
        ", login, login_email) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {user.id, user.source, user.subject, user.name, user.email,
         flag_column(user.email_verified), strings_column(user.groups), flag_column(user.disabled),
         user.password_hash, time_column(user.created_at), time_column(user.last_sign_in_at),
         login_column(user), login_email_column(user)}));
}

Result<User> SqlUserStore::find(std::string_view id) {
    return read_one(database_.query("SELECT " GATEHOUSE_USER_COLUMNS " FROM users WHERE id = ?",
                                    {std::string(id)}));
}

Result<User> SqlUserStore::find_by_subject(std::string_view source, std::string_view subject) {
    return read_one(database_.query("SELECT " GATEHOUSE_USER_COLUMNS
                                    " FROM users WHERE source = ? AND subject = ?",
                                    {std::string(source), std::string(subject)}));
}

Result<User> SqlUserStore::find_by_login(std::string_view name_or_email) {
    const std::string login = to_lower(name_or_email);
    if (login.empty()) {
        return fail(ErrorCode::kNotFound, "not found");
    }
    auto by_name = read_one(
        database_.query("SELECT " GATEHOUSE_USER_COLUMNS " FROM users WHERE login = ?", {login}));
    if (by_name || by_name.error().code != ErrorCode::kNotFound) {
        return by_name;
    }
    return read_one(database_.query(
        "SELECT " GATEHOUSE_USER_COLUMNS " FROM users WHERE login_email = ?", {login}));
}

Result<void> SqlUserStore::update(const User& user) {
    return expect_changed(database_.execute(
        "UPDATE users SET name = ?, email = ?, email_verified = ?, group_names = ?, disabled = ?, "
        "password_hash = ?, last_sign_in_at = ?, login_email = ? WHERE id = ?",
        {user.name, user.email, flag_column(user.email_verified), strings_column(user.groups),
         flag_column(user.disabled), user.password_hash, time_column(user.last_sign_in_at),
         login_email_column(user), user.id}));
}

Result<void> SqlUserStore::remove(std::string_view id) {
    return expect_changed(database_.execute("DELETE FROM users WHERE id = ?", {std::string(id)}));
}

Result<std::vector<User>> SqlUserStore::list(std::string_view after_id, std::size_t limit) {
    auto rows = database_.query("SELECT " GATEHOUSE_USER_COLUMNS
                                " FROM users WHERE id > ? ORDER BY id LIMIT ?",
                                {std::string(after_id), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<User> users;
    users.reserve(rows->size());
    for (const Row& row : *rows) {
        auto user = read_user(row);
        if (!user) {
            return std::unexpected(user.error());
        }
        users.push_back(*std::move(user));
    }
    return users;
}

}  // namespace gatehouse::storage
