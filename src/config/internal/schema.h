// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

/// What a key holds.
enum class Shape {
    kSection,        ///< a mapping with known keys
    kNamedSections,  ///< a mapping from names to sections
    kItemSections,   ///< a list of sections
    kOne,
    kOneOrList,
    kList,
    kPairs,       ///< a mapping from free names to values
    kConditions,  ///< a mapping from JSON pointers to comparisons
    kNotBuilt,    ///< part of the design; anything but empty or false is refused
};

/// What one value is.
enum class Type {
    kText,
    kChoice,  ///< one of `bounds`, separated by `|`
    kSwitch,
    kDuration,
    kSize,
    kCount,
    kWebUrl,     ///< absolute http(s) without user information or fragment
    kSecureUrl,  ///< as kWebUrl; http for loopback hosts only
    kUri,        ///< absolute, any scheme, no fragment
    kOrigin,     ///< scheme://host[:port], or null
    kAddress,    ///< IP:port
    kCidr,
    kHost,
    kHeaderName,
    kScope,
    kEmail,
    kDomain,
    kFile,
    kName,   ///< the name of something else in the file
    kHours,  ///< catalog/weekly_hours.h
};

enum class Reload { kYes, kNo };
enum class Sensitivity { kPublic, kSecret };
enum class Need { kOptional, kRequired };

/// One line of the table that parser, redacted dump and reference page come from. `path` has `*`
/// for a free name and `[]` for an item of a list. `fallback` is written as in the file, items of a
/// list separated by a comma and a space.
struct Key {
    std::string_view path;
    Shape shape = Shape::kOne;
    Type type = Type::kText;
    std::string_view fallback;
    std::string_view bounds;  ///< "low..high", or the words of a kChoice
    Sensitivity sensitivity = Sensitivity::kPublic;
    Reload reload = Reload::kYes;
    Need need = Need::kOptional;
    std::string_view sentence;
    std::string_view example;
    std::string_view fallback_words;  ///< when the default depends on something else
};

/// All keys, a section before its members.
[[nodiscard]] std::span<const Key> schema();
/// By path with wildcards; null for an unknown one.
[[nodiscard]] const Key* find_key(std::string_view path);
/// The names of the keys directly inside a section ("" for the top).
[[nodiscard]] std::vector<std::string_view> member_names(std::string_view section);
/// "a.b", or "b" at the top.
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view name);

[[nodiscard]] std::span<const Key> process_keys();
[[nodiscard]] std::span<const Key> audit_keys();
[[nodiscard]] std::span<const Key> profile_keys();
[[nodiscard]] std::span<const Key> server_keys();
/// Of the rules in the list at a path. Called once for each.
[[nodiscard]] std::vector<Key> policy_keys(std::string_view list);
/// The keys of one budget in the list at `parent` ("budgets" or "servers.*.budgets").
[[nodiscard]] std::span<const Key> budget_keys(std::string_view parent);

}  // namespace gatehouse::config
