// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/live.h"

/// What is known of the runtimes behind the servers, as immutable values (ADR 0016).
namespace gatehouse::runtimes {

/// What a tool says of itself; nothing where it does not, or not with a truth value.
struct Annotations {
    std::optional<bool> read_only, destructive, idempotent, open_world;

    [[nodiscard]] bool operator==(const Annotations&) const = default;
};

/// How much harm a call may do, by the annotations and MCP's defaults for those that are missing.
enum class ToolKind : std::uint8_t { kRead, kWrite, kDestructive };

/// What an operator's last approval says of a tool as it is now.
enum class Standing : std::uint8_t { kApproved, kNew, kChanged };

/// All texts are the runtime's: whoever shows them escapes them (requirements H78).
struct Tool {
    std::string name, title, description;
    Annotations annotations;
    std::string entry;   ///< its JSON, as listed
    std::string digest;  ///< of all that says what it does: see digest_of_tool
    Standing standing = Standing::kApproved;
};

[[nodiscard]] ToolKind kind_of(const Annotations& annotations);
[[nodiscard]] std::string_view kind_name(ToolKind kind);
[[nodiscard]] std::string_view standing_name(Standing standing);

enum class Reach : std::uint8_t {
    kPending,      ///< not asked yet, or nothing may be asked (`probe: false`)
    kReady,        ///< answered the gateway
    kNeedsUser,    ///< answers only with a user's token or other credentials
    kUnreachable,  ///< did not answer, or with nonsense
};

[[nodiscard]] std::string_view reach_name(Reach reach);

/// Where the tools are known from.
enum class ToolSource : std::uint8_t {
    kNone,   ///< they are not known
    kProbe,  ///< the gateway asked
    kUsers,  ///< seen in lists that users got: each may get another one
};

[[nodiscard]] std::string_view source_name(ToolSource source);

/// What is known of the runtime of one server.
struct Facts {
    std::string server, runtime;
    Reach reach = Reach::kPending;
    std::string trouble;                 ///< of kUnreachable and kNeedsUser, for people
    std::vector<std::string> revisions;  ///< that it speaks, as far as is known, oldest first
    bool sessions = false;               ///< hands out session ids
    bool sse_only = false;               ///< the transport of 2024-11-05
    std::string name, version;           ///< what it calls itself
    ToolSource source = ToolSource::kNone;
    std::vector<Tool> tools;  ///< in the runtime's order
    /// Digests by tool; it is what an operator approved, or what was seen first.
    std::map<std::string, std::vector<std::string>, std::less<>> approved;
    Timestamp checked_at{};  ///< zero: never

    [[nodiscard]] const Tool* find_tool(std::string_view tool) const;
    /// The tool as it is now is what an operator approved.
    [[nodiscard]] bool is_approved(std::string_view tool, std::string_view digest) const;
};

/// By server.
using Book = std::map<std::string, std::shared_ptr<const Facts>, std::less<>>;
using LiveBook = Live<Book>;

/// Null when nothing is known of that server.
[[nodiscard]] std::shared_ptr<const Facts> find_facts(const Book& book, std::string_view server);

}  // namespace gatehouse::runtimes
