// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::mcp {

/// The revisions of the protocol that the gateway can judge, oldest first.
enum class Revision : std::uint8_t {
    k2024_11_05,
    k2025_03_26,
    k2025_06_18,
    k2025_11_25,
    k2026_07_28
};

[[nodiscard]] std::optional<Revision> parse_revision(std::string_view text);
[[nodiscard]] std::string_view revision_name(Revision revision);

/// No handshake and no sessions: every request carries its own facts (requirements H20).
[[nodiscard]] constexpr bool is_modern(Revision revision) {
    return revision >= Revision::k2026_07_28;
}

}  // namespace gatehouse::mcp
