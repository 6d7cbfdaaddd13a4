// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

/// What decisions are made from. All texts are views that need to live only during the call that
/// gets them.
namespace gatehouse::policy {

enum class ItemKind : std::uint8_t {
    kNone,
    kTool,
    kPrompt,
    kResource,
    kUnclear,  ///< a prompt or a resource, nobody can say which
};

/// Who asks.
struct Caller {
    std::string_view id, name;
    std::string_view email;  ///< verified, or empty
    std::span<const std::string> groups;
    std::string_view client;
    std::span<const std::string> scopes;
};

/// One JSON-RPC request or notification.
struct Request {
    std::string_view method;
    ItemKind kind = ItemKind::kNone;
    std::string_view item;  ///< decoded
    /// JSON text of params.arguments with mcp::kPadding readable bytes behind it, or empty.
    std::string_view arguments;
    bool odd_arguments = false;  ///< params.arguments is there and no object
};

enum class Hint : std::uint8_t { kReadOnly, kDestructive, kIdempotent, kOpenWorld };

inline constexpr std::array<std::string_view, 4> kHintNames{"readOnlyHint", "destructiveHint",
                                                            "idempotentHint", "openWorldHint"};

/// What a runtime says of a tool, with MCP's defaults; nothing for what is malformed. By Hint.
using Hints = std::array<std::optional<bool>, kHintNames.size()>;

/// Where tools' annotations are known from.
class HintSource {
  public:
    HintSource() = default;
    HintSource(const HintSource&) = delete;
    HintSource& operator=(const HintSource&) = delete;
    HintSource(HintSource&&) = delete;
    HintSource& operator=(HintSource&&) = delete;
    virtual ~HintSource() = default;

    /// Nothing for a tool that was never seen.
    [[nodiscard]] virtual std::optional<Hints> find(std::string_view tool) const = 0;
};

/// Under which circumstances.
struct Situation {
    std::string_view source_ip;
    Timestamp now;
    const HintSource* hints = nullptr;  ///< null: nothing is known
};

/// One question as a whole.
struct Inquiry {
    const Caller& who;
    const Request& request;
    const Situation& situation;
};

/// What kind of item a method names in `params`, apart from completion/complete.
[[nodiscard]] ItemKind kind_of(std::string_view method);

/// Handshake, housekeeping, notifications and lists: only rules that name methods speak of them,
/// and `default_policy` does not. A list is cut instead.
[[nodiscard]] bool is_open_method(std::string_view method);

}  // namespace gatehouse::policy
