// SPDX-License-Identifier: Apache-2.0
#include "mcp/revision.h"

#include <algorithm>
#include <array>

namespace gatehouse::mcp {
namespace {

constexpr std::array<std::string_view, 5> kNames{"2024-11-05", "2025-03-26", "2025-06-18",
                                                 "2025-11-25", "2026-07-28"};

}  // namespace

std::optional<Revision> parse_revision(std::string_view text) {
    const auto* const it = std::ranges::find(kNames, text);
    if (it == kNames.end()) {
        return std::nullopt;
    }
    return static_cast<Revision>(it - kNames.begin());
}

std::string_view revision_name(Revision revision) {
    return kNames.at(static_cast<std::size_t>(revision));
}

}  // namespace gatehouse::mcp
