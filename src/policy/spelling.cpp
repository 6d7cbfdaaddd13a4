// SPDX-License-Identifier: Apache-2.0
#include "policy/spelling.h"

#include <algorithm>
#include <array>

#include "base/loose_case.h"
#include "policy/plain_form.h"

namespace gatehouse::policy {
namespace {

constexpr std::array<std::string_view, 6> kWithItems{
    "tools/call",          "prompts/get",           "resources/read",
    "resources/subscribe", "resources/unsubscribe", "completion/complete"};

}  // namespace

bool is_misspelt(std::string_view method) {
    const auto form = plain_form(method);
    const std::string_view plain = form ? std::string_view(*form) : method;
    if (!form && is_loose_case(plain)) {
        return false;
    }
    return std::ranges::find(kWithItems, loose_case(plain)) != kWithItems.end();
}

}  // namespace gatehouse::policy
