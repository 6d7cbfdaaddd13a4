// SPDX-License-Identifier: Apache-2.0
#include "policy/facts.h"

#include <algorithm>

namespace gatehouse::policy {
namespace {

// Methods that run nothing and tell nothing of single items.
constexpr std::array<std::string_view, 8> kOpen{
    "initialize", "ping",         "server/discover", "logging/setLevel",
    "tools/list", "prompts/list", "resources/list",  "resources/templates/list"};

}  // namespace

ItemKind kind_of(std::string_view method) {
    if (method == "tools/call") {
        return ItemKind::kTool;
    }
    if (method == "prompts/get") {
        return ItemKind::kPrompt;
    }
    return method.starts_with("resources/") && !is_open_method(method) ? ItemKind::kResource
                                                                       : ItemKind::kNone;
}

bool is_open_method(std::string_view method) {
    return method.starts_with("notifications/") || std::ranges::find(kOpen, method) != kOpen.end();
}

}  // namespace gatehouse::policy
