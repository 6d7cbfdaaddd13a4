// SPDX-License-Identifier: Apache-2.0
#include "oidc/token_answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/encoding.h"
#include "base/json.h"
#include "base/strings.h"

namespace gatehouse::oidc {
namespace {

// Longer ones would not fit into a header on their way to the runtime.
constexpr std::size_t kMaxToken = 16UL * 1024;
constexpr std::int64_t kLongestTtl = 10LL * 365 * 86400;

std::unexpected<TokenFailure> refuse(TokenRefusal refusal, std::string code) {
    return std::unexpected(TokenFailure{.refusal = refusal, .code = std::move(code)});
}

bool is_header_safe(std::string_view token) {
    return token.size() <= kMaxToken &&
           std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<json::Object> from_form(std::string_view body) {
    const auto fields = parse_form(body);
    if (!fields) {
        return std::nullopt;
    }
    json::Object object;
    for (const auto& [name, value] : *fields) {
        if (!object.emplace(name, value).second) {
            return std::nullopt;
        }
    }
    if (!object.contains("access_token") && !object.contains("error")) {
        return std::nullopt;
    }
    return object;
}

// Some servers label JSON as text, others answer with a form whatever was asked for.
std::optional<json::Object> read_body(const http::ClientResponse& response) {
    std::string_view body = response.body;
    body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
    body = body.substr(0, body.find_last_not_of(" \t\r\n") + 1);
    if (body.starts_with('{')) {
        auto object = json::parse_object(body);
        return object ? std::optional(std::move(*object)) : std::nullopt;
    }
    return from_form(body);
}

TokenRefusal refusal_of(std::string_view code) {
    constexpr std::array kGone{
        std::string_view("invalid_grant"),         std::string_view("interaction_required"),
        std::string_view("login_required"),        std::string_view("consent_required"),
        std::string_view("access_denied"),         std::string_view("bad_refresh_token"),
        std::string_view("bad_verification_code"), std::string_view("invalid_refresh_token"),
        std::string_view("token_revoked"),         std::string_view("token_expired")};
    constexpr std::array kPassing{std::string_view("temporarily_unavailable"),
                                  std::string_view("server_error"), std::string_view("slow_down")};
    if (std::ranges::find(kGone, code) != kGone.end()) {
        return TokenRefusal::kGrantGone;
    }
    return std::ranges::find(kPassing, code) != kPassing.end() ? TokenRefusal::kTransient
                                                               : TokenRefusal::kOperator;
}

std::chrono::seconds retry_after(const http::ClientResponse& response) {
    const auto header = response.headers.get("Retry-After");
    const auto value = header ? parse_uint(trim(*header)) : std::nullopt;
    return std::chrono::seconds{std::min<std::uint64_t>(value.value_or(0), 3600)};
}

std::optional<std::chrono::seconds> read_lifetime(const json::Object& object) {
    const auto* value = object.if_contains("expires_in");
    double seconds = 0;
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const auto* text = value->if_string()) {
        seconds = static_cast<double>(parse_uint(trim(std::string_view(*text))).value_or(0));
    } else if (value->is_number()) {
        seconds = value->to_number<double>();
    }
    // Zero and nonsense count as not said: the profile's default decides.
    if (!(seconds >= 1)) {
        return std::nullopt;
    }
    return std::chrono::seconds{
        static_cast<std::int64_t>(std::min(seconds, static_cast<double>(kLongestTtl)))};
}

std::optional<std::vector<std::string>> read_scopes(const json::Object& object) {
    auto text = json::get_string(object, "scope");
    if (const auto list = json::get_strings(object, "scope")) {
        text = join(*list, " ");
    }
    if (!text) {
        return std::nullopt;
    }
    std::ranges::replace(*text, ',', ' ');
    return split_words(*text);
}

std::expected<TokenAnswer, TokenFailure> read_tokens(const json::Object& object,
                                                     const catalog::Quirks& quirks) {
    const auto access = json::get_string(object, "access_token");
    if (!access || access->empty() || !is_header_safe(*access)) {
        return refuse(TokenRefusal::kNonsense, "no usable access token in the answer");
    }
    // A DPoP token would be refused at the runtime, as we send bearer tokens only.
    const auto type = json::get_string(object, "token_type");
    const bool other = type ? !iequals(*type, "bearer") : object.contains("token_type");
    if (other && (!quirks.any_token_type || (type && iequals(*type, "dpop")))) {
        return refuse(TokenRefusal::kNonsense, "token type is not bearer");
    }
    const auto refresh = json::get_string(object, "refresh_token").value_or("");
    if (!is_header_safe(refresh)) {
        return refuse(TokenRefusal::kNonsense, "unusable refresh token in the answer");
    }
    return TokenAnswer{
        .access = Secret(*access),
        .refresh = Secret(refresh),
        .id_token = Secret(json::get_string(object, "id_token").value_or("")),
        .scopes = read_scopes(object),
        .expires_in = read_lifetime(object),
        .issued_token_type = json::get_string(object, "issued_token_type").value_or("")};
}

}  // namespace

std::expected<TokenAnswer, TokenFailure> read_token_answer(const http::ClientResponse& response,
                                                           const catalog::Quirks& quirks) {
    const int status = response.status;
    if (status >= 500 || status == 429 || status == 408) {
        return std::unexpected(TokenFailure{.refusal = TokenRefusal::kTransient,
                                            .code = "HTTP " + std::to_string(status),
                                            .retry_after = retry_after(response)});
    }
    const auto object = read_body(response);
    if (object && object->contains("error")) {
        const auto code = to_safe_ascii(json::get_string(*object, "error").value_or("error"), 64);
        return std::unexpected(TokenFailure{
            .refusal = refusal_of(code), .code = code, .retry_after = retry_after(response)});
    }
    if (status < 200 || status > 299) {
        return refuse(TokenRefusal::kOperator, "HTTP " + std::to_string(status));
    }
    if (!object) {
        return refuse(TokenRefusal::kNonsense, "the answer is neither JSON nor a form");
    }
    if (const auto* own = object->if_contains(quirks.token_member);
        own != nullptr && own->is_object()) {
        return read_tokens(own->get_object(), quirks);
    }
    return read_tokens(*object, quirks);
}

Timestamp token_end(const TokenAnswer& answer,
                    Timestamp obtained_at,
                    std::chrono::seconds default_ttl) {
    const auto ttl = answer.expires_in.value_or(default_ttl);
    return ttl.count() > 0 ? obtained_at + ttl : Timestamp::max();
}

}  // namespace gatehouse::oidc
