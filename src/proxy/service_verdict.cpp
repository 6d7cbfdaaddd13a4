// SPDX-License-Identifier: Apache-2.0
#include "proxy/service_verdict.h"

#include "base/json.h"
#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxRule = 100;
constexpr std::size_t kMaxMessage = 1000;

}  // namespace

Result<ServiceVerdict> read_service_verdict(std::string_view body) {
    const auto answer = json::parse_object(body);
    if (!answer) {
        return fail(ErrorCode::kPeer, "the policy service's answer cannot be read");
    }
    const json::Value* const result = answer->if_contains("result");
    ServiceVerdict verdict;
    if (result != nullptr && result->is_bool()) {
        verdict.allowed = result->get_bool();
        return verdict;
    }
    if (result == nullptr || !result->is_object()) {
        return fail(ErrorCode::kPeer, "the policy service made no decision");
    }
    const auto allow = json::get_bool(result->get_object(), "allow");
    if (!allow) {
        return fail(ErrorCode::kPeer, "the policy service made no decision");
    }
    verdict.allowed = *allow;
    if (const auto rule = json::get_string(result->get_object(), "rule"); rule && !rule->empty()) {
        verdict.rule = sanitize_text(*rule, kMaxRule);
    }
    verdict.message =
        sanitize_text(json::get_string(result->get_object(), "message").value_or(""), kMaxMessage);
    return verdict;
}

}  // namespace gatehouse::proxy
