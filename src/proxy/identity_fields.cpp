// SPDX-License-Identifier: Apache-2.0
#include "proxy/identity_fields.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/strings.h"
#include "crypto/random.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxKept = 8192;
constexpr std::chrono::seconds kReuse{30};
constexpr std::chrono::seconds kLifetime{60};

/// Values that are not ours could hold anything; one that does not fit a field is left out, never
/// bent into another one.
bool fits_field(std::string_view value) {
    return !value.empty() &&
           std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void put_fact(std::string& out, std::string_view name, std::string_view value) {
    if (fits_field(value)) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
}

bool same_facts(const SharedUserFacts& a, const SharedUserFacts& b) {
    return a == b || (a->email == b->email && a->groups == b->groups);
}

}  // namespace

std::string IdentityFields::make_lines(const IdentifiedCall& call, Timestamp now) const {
    const auto issued_at = to_unix_seconds(now);
    const std::string scope = join(call.caller.scopes, " ");
    json::Object claims{{"iss", call.route.server->origin},    {"aud", call.replica.url},
                        {"server", call.route.server->name},   {"sub", call.caller.subject},
                        {"client_id", call.caller.client_id},  {"scope", scope},
                        {"jti", crypto::random_token(16)},     {"iat", issued_at},
                        {"exp", issued_at + kLifetime.count()}};
    if (!call.user->email.empty()) {
        claims["email"] = call.user->email;
    }
    if (!call.user->groups.empty()) {
        claims["groups"] = json::to_array(call.user->groups);
    }
    std::vector<std::string> groups;
    std::ranges::copy_if(
        call.user->groups, std::back_inserter(groups),
        [](const std::string& group) { return fits_field(group) && !group.contains(','); });
    std::string lines;
    put_fact(lines, "X-Gateway-User", call.caller.subject);
    put_fact(lines, "X-Gateway-Client", call.caller.client_id);
    put_fact(lines, "X-Gateway-Scope", scope);
    put_fact(lines, "X-Gateway-Email", call.user->email);
    put_fact(lines, "X-Gateway-Groups", join(groups, ","));
    put_fact(lines, "X-Gateway-Assertion", parts_.sign("gatehouse-assertion+jwt", claims));
    return lines;
}

void IdentityFields::make_room(Timestamp now) {
    if (made_.size() < kMaxKept) {
        return;
    }
    std::erase_if(made_, [&](const auto& item) { return now - item.second.at >= kReuse; });
    if (made_.size() >= kMaxKept) {
        made_.clear();
    }
}

std::string_view IdentityFields::get(const IdentifiedCall& call, Timestamp now) {
    key_.clear();
    key_ += call.caller.token_id;
    key_ += '\n';
    key_ += call.route.server->name;
    key_ += '\n';
    key_ += call.replica.url;
    auto it = made_.find(key_);
    if (it != made_.end() && now - it->second.at < kReuse &&
        same_facts(it->second.user, call.user)) {
        return it->second.lines;
    }
    if (it == made_.end()) {
        make_room(now);
        it = made_.try_emplace(key_).first;
    }
    it->second = {.lines = make_lines(call, now), .user = call.user, .at = now};
    return it->second.lines;
}

}  // namespace gatehouse::proxy
