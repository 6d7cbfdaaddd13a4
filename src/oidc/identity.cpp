// SPDX-License-Identifier: Apache-2.0
#include "oidc/identity.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kMaxSubject = 255;
constexpr std::size_t kMaxEmail = 320;
constexpr std::size_t kMaxGroups = 1000;

// Some servers number their users.
std::string claim_text(const json::Object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    if (value == nullptr) {
        return {};
    }
    if (const auto* text = value->if_string()) {
        return std::string(*text);
    }
    return value->is_int64() || value->is_uint64() ? json::dump(*value) : std::string();
}

bool claims_verified_email(const json::Object& claims) {
    return json::get_bool(claims, "email_verified").value_or(false) ||
           json::get_string(claims, "email_verified") == "true";
}

std::vector<std::string> claim_groups(const json::Object& claims, std::string_view name) {
    auto groups = json::get_strings(claims, name).value_or(std::vector<std::string>{});
    if (const auto one = json::get_string(claims, name); one && !one->empty()) {
        groups.push_back(*one);
    }
    std::erase_if(groups, [](const std::string& group) {
        return group.empty() || sanitize_text(group, 256) != group;
    });
    groups.resize(std::min(groups.size(), kMaxGroups));
    return groups;
}

}  // namespace

Result<Identity> to_identity(const json::Object& claims, const catalog::IdentityRule& rule) {
    Identity identity{.subject = claim_text(claims, rule.subject),
                      .email = json::get_string(claims, rule.email).value_or(""),
                      .name = sanitize_text(json::get_string(claims, rule.name).value_or(""), 256),
                      .email_verified = claims_verified_email(claims),
                      .groups = claim_groups(claims, rule.groups)};
    // An altered name would be another person's.
    if (identity.subject.empty() ||
        sanitize_text(identity.subject, kMaxSubject) != identity.subject) {
        return fail(ErrorCode::kPeer, "the account has no usable subject");
    }
    if (identity.email.empty() || sanitize_text(identity.email, kMaxEmail) != identity.email) {
        identity.email.clear();
        identity.email_verified = false;
    }
    return identity;
}

}  // namespace gatehouse::oidc
