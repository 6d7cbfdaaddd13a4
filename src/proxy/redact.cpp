// SPDX-License-Identifier: Apache-2.0
#include "proxy/redact.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxRecorded = 32U << 10U;
constexpr std::string_view kMask = "[redacted]";
constexpr std::array<std::string_view, 16> kSecretWords{
    "password", "passwd",    "passphrase",    "secret", "token",      "apikey",
    "api_key",  "api-key",   "authorization", "cookie", "credential", "private",
    "session",  "signature", "pin",           "otp"};
constexpr std::array<std::string_view, 8> kSecretStarts{"eyJ",  "Bearer ", "Basic ", "sk-",
                                                        "ghp_", "xox",     "gth_",   "-----BEGIN"};

bool is_secret_name(std::string_view name) {
    const auto lower = to_lower(name);
    // Short words only as a whole: `pin` must not hide `shipping`.
    return std::ranges::any_of(kSecretWords, [&](std::string_view word) {
        return word.size() <= 3 ? lower == word : lower.contains(word);
    });
}

bool looks_secret(std::string_view text) {
    return std::ranges::any_of(kSecretStarts,
                               [&](std::string_view start) { return text.starts_with(start); });
}

void mask(json::Value& value) {
    if (value.is_object()) {
        for (auto& member : value.get_object()) {
            if (is_secret_name(member.key())) {
                member.value() = kMask;
            } else {
                mask(member.value());
            }
        }
    } else if (value.is_array()) {
        std::ranges::for_each(value.get_array(), mask);
    } else if (value.is_string() && looks_secret(value.get_string())) {
        value = kMask;
    }
}

}  // namespace

std::string recordable_arguments(std::string_view arguments, catalog::Capture capture) {
    if (capture == catalog::Capture::kNone || arguments.empty()) {
        return {};
    }
    if (arguments.size() > kMaxRecorded) {
        return R"({"gatehouse/left_out_bytes":)" + std::to_string(arguments.size()) + "}";
    }
    if (capture == catalog::Capture::kFull) {
        return std::string(arguments);
    }
    auto value = json::parse(arguments);
    if (!value) {
        // Nested deeper than records are: nothing of it can be shown safely.
        return R"({"gatehouse/left_out_bytes":)" + std::to_string(arguments.size()) + "}";
    }
    mask(*value);
    return json::dump(*value);
}

}  // namespace gatehouse::proxy
