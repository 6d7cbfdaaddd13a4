// SPDX-License-Identifier: Apache-2.0
#include "proxy/assertions.h"

#include "base/json.h"
#include "base/strings.h"
#include "crypto/random.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxKept = 4096;
constexpr std::chrono::seconds kReuse{30};
constexpr std::chrono::seconds kLifetime{60};

}  // namespace

std::string_view Assertions::get(const AssertedCall& call) {
    const auto now = parts_.clock.now();
    std::string key = call.caller.token_id;
    key += '\n';
    key += call.route.server->name;
    key += '\n';
    key += call.replica.url;
    if (const auto it = made_.find(key); it != made_.end() && now - it->second.at < kReuse) {
        return it->second.jwt;
    }
    if (made_.size() >= kMaxKept) {
        made_.clear();
    }
    const auto issued_at = to_unix_seconds(now);
    json::Object claims{
        {"iss", call.route.server->origin},    {"aud", call.replica.url},
        {"server", call.route.server->name},   {"sub", call.caller.subject},
        {"client_id", call.caller.client_id},  {"scope", join(call.caller.scopes, " ")},
        {"jti", crypto::random_token(16)},     {"iat", issued_at},
        {"exp", issued_at + kLifetime.count()}};
    if (!call.user.email.empty()) {
        claims["email"] = call.user.email;
    }
    if (!call.user.groups.empty()) {
        claims["groups"] = json::to_array(call.user.groups);
    }
    Made& made = made_[key];
    made = {.jwt = parts_.sign("gatehouse-assertion+jwt", claims), .at = now};
    return made.jwt;
}

}  // namespace gatehouse::proxy
