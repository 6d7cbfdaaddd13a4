// SPDX-License-Identifier: Apache-2.0
#include "config/internal/store_url.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kHidden = "(hidden)";

/// What follows the scheme; empty when it is none of ours.
std::string_view after_scheme(std::string_view store) {
    for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
        if (store.starts_with(scheme)) {
            return store.substr(scheme.size());
        }
    }
    return {};
}

/// `a=b&password=c` with the value of everything that is called a password replaced.
std::string hide_in_query(std::string_view query) {
    std::string shown;
    for (const std::string_view pair : split(query, '&')) {
        const auto equals = std::min(pair.find('='), pair.size());
        const std::string name = percent_decode(pair.substr(0, equals)).value_or("password");
        shown += shown.empty() ? "" : "&";
        shown += pair.substr(0, equals);
        if (equals < pair.size()) {
            shown += "=";
            shown += to_lower(name).contains("pass") ? kHidden : pair.substr(equals + 1);
        }
    }
    return shown;
}

/// Where the `@` is that ends user and password; 0 without them. A password may hold a slash or a
/// question mark that somebody forgot to escape.
std::size_t end_of_user(std::string_view rest) {
    const auto question = std::min(rest.find('?'), rest.size());
    const std::string_view head = rest.substr(0, question);
    if (const auto at = head.rfind('@'); at != std::string_view::npos) {
        return at;
    }
    const bool is_host = !head.contains(':') || head.contains('/');
    const auto at = is_host ? std::string_view::npos : rest.rfind('@');
    return at == std::string_view::npos ? 0 : at;
}

}  // namespace

bool names_postgres(std::string_view store) {
    return store.starts_with("postgresql:") || store.starts_with("postgres:");
}

std::optional<std::string> complaint_about_postgres(std::string_view store) {
    const std::string_view rest = after_scheme(store);
    if (rest.empty()) {
        return "expected `postgresql://user:password@host/database`";
    }
    if (!std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7F'; })) {
        return "an address holds no spaces, control characters or letters beyond ASCII: escape "
               "them";
    }
    if (!percent_decode(rest)) {
        return "an escape `%` of the address is malformed";
    }
    return std::nullopt;
}

std::string without_password(std::string_view store) {
    const std::string_view rest = after_scheme(store);
    const std::size_t user_end = end_of_user(rest);
    std::string shown(store.substr(0, store.size() - rest.size()));
    if (user_end > 0) {
        const auto colon = rest.find(':');
        shown += rest.substr(0, std::min(colon, user_end));
        if (colon < user_end) {
            shown += ":";
            shown += kHidden;
        }
    }
    const auto question = std::min(rest.find('?', user_end), rest.size());
    shown += rest.substr(user_end, question - user_end);
    if (question < rest.size()) {
        shown += "?" + hide_in_query(rest.substr(question + 1));
    }
    return shown;
}

}  // namespace gatehouse::config
