// SPDX-License-Identifier: Apache-2.0
#include "policy/plain_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace gatehouse::policy {
namespace {

bool is_plain(std::string_view text) {
    return (text.empty() || (text.front() != ' ' && text.back() != ' ')) &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<std::string> plain_form(std::string_view text) {
    if (is_plain(text)) {
        return std::nullopt;
    }
    constexpr auto kOptions = static_cast<utf8proc_option_t>(
        UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_IGNORE | UTF8PROC_STRIPCC | UTF8PROC_STABLE);
    utf8proc_uint8_t* mapped = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),  // NOLINT: C interface
                     static_cast<utf8proc_ssize_t>(text.size()), &mapped, kOptions);
    // The library allocates with malloc.
    const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);  // NOLINT
    if (size < 0) {
        return std::nullopt;
    }
    std::string form(mapped, mapped + size);
    form.erase(0, form.find_first_not_of(' '));
    form.erase(form.find_last_not_of(' ') + 1);
    return form == text ? std::nullopt : std::optional(std::move(form));
}

}  // namespace gatehouse::policy
