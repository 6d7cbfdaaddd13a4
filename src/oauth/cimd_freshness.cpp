// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_freshness.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>

#include "base/strings.h"

namespace gatehouse::oauth {
namespace {

using Seconds = std::chrono::seconds;

constexpr std::string_view kMaxAge = "max-age=";
constexpr std::string_view kSharedMaxAge = "s-maxage=";

std::string_view without_quotes(std::string_view text) {
    return text.size() >= 2 && text.starts_with('"') && text.ends_with('"')
               ? text.substr(1, text.size() - 2)
               : text;
}

/// Unreadable counts as stale, huge as the most that is ever used.
Seconds read_seconds(std::string_view text) {
    text = without_quotes(trim(text));
    const auto value = parse_uint(text);
    const auto most = static_cast<std::uint64_t>(kMaxFreshness.count()) * 365;
    return value ? Seconds(static_cast<std::int64_t>(std::min(*value, most))) : Seconds(0);
}

struct CacheControl {
    bool no_store = false;
    std::optional<Seconds> max_age, shared_max_age;
};

CacheControl read_cache_control(const http::Headers& headers) {
    CacheControl control;
    for (const std::string_view field : headers.get_all("Cache-Control")) {
        for (const std::string_view part : split(field, ',')) {
            const std::string directive = to_lower(trim(part));
            const std::string_view text = directive;
            if (text == "no-store") {
                control.no_store = true;
            } else if (text.starts_with(kMaxAge) && !control.max_age) {
                control.max_age = read_seconds(text.substr(kMaxAge.size()));
            } else if (text.starts_with(kSharedMaxAge) && !control.shared_max_age) {
                control.shared_max_age = read_seconds(text.substr(kSharedMaxAge.size()));
            }
        }
    }
    return control;
}

/// The one form of date that may be sent; a recipient may take others for the past.
std::optional<Seconds> read_date(const http::Headers& headers, std::string_view name) {
    const auto value = headers.get(name);
    if (!value) {
        return std::nullopt;
    }
    std::tm parts{};
    const std::string text(*value);
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return end != nullptr && *end == '\0' ? Seconds(::timegm(&parts)) : Seconds(0);
}

std::optional<Seconds> lifetime_of(const CacheControl& control,
                                   const http::Headers& headers,
                                   Timestamp now) {
    if (control.shared_max_age) {
        return control.shared_max_age;
    }
    if (control.max_age) {
        return control.max_age;
    }
    const auto expires = read_date(headers, "Expires");
    if (!expires) {
        return std::nullopt;
    }
    return *expires - read_date(headers, "Date").value_or(Seconds(to_unix_seconds(now)));
}

}  // namespace

std::optional<Seconds> freshness_of(const http::Headers& headers, Timestamp now) {
    const CacheControl control = read_cache_control(headers);
    if (control.no_store) {
        return std::nullopt;
    }
    const auto lifetime = lifetime_of(control, headers, now).value_or(kMinFreshness);
    const auto age = headers.get("Age") ? read_seconds(*headers.get("Age")) : Seconds(0);
    return std::clamp(lifetime - age, kMinFreshness, kMaxFreshness);
}

}  // namespace gatehouse::oauth
