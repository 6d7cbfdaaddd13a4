// SPDX-License-Identifier: Apache-2.0
#include "mcp/revision.h"

#include <array>

namespace gatehouse::mcp {
namespace {

constexpr std::array<std::string_view, 5> kNames{"2024-11-05", "2025-03-26", "2025-06-18",
                                                 "2025-11-25", "2026-07-28"};

constexpr std::size_t kDateSize = 10;

}  // namespace

std::optional<Revision> parse_revision(std::string_view text) {
    // All names are dates; asked for several times in every call.
    if (text.size() != kDateSize) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (text == kNames[i]) {
            return static_cast<Revision>(i);
        }
    }
    return std::nullopt;
}

std::string_view revision_name(Revision revision) {
    return kNames.at(static_cast<std::size_t>(revision));
}

}  // namespace gatehouse::mcp
