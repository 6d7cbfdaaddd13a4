// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_walk.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "identity/attempt_throttle.h"
#include "identity/sessions.h"
#include "oauth/flow_answer.h"
#include "oauth/form_request.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kCookiePrefix = "gatehouse-tx-";
constexpr std::size_t kMostCookies = 20;
constexpr std::size_t kMostPerSource = 1000;
constexpr std::size_t kMaxFormBytes = 64 * 1024;
constexpr std::string_view kIdField = "transaction";
constexpr std::string_view kTokenField = "form_token";

std::string walk_cookie(std::string_view id) {
    return std::string(kCookiePrefix) + std::string(id);
}

std::string form_token(const Secret& key, std::string_view place) {
    return base64url_encode(crypto::hmac_sha256(crypto::derive_key(key, "anti-forgery"), place));
}

std::string place_of(const Walk& walk, const FormPlace& place) {
    std::string text = walk.transaction.id;
    for (const std::string_view part : {place.step, place.user_id}) {
        text += '\n';
        text += part;
    }
    return text;
}

}  // namespace

std::string_view field(const FormFields& form, std::string_view name) {
    const auto it =
        std::ranges::find_if(form, [&](const auto& entry) { return entry.first == name; });
    return it == form.end() ? std::string_view() : std::string_view(it->second);
}

std::optional<FormFields> read_form(const http::Request& request) {
    if (!has_media_type(request, "application/x-www-form-urlencoded") ||
        request.body.size() > kMaxFormBytes) {
        return std::nullopt;
    }
    return parse_form(request.body);
}

Result<Walk> Walks::open(const http::Request& request, Transaction transaction) const {
    const std::string cookie = crypto::random_token();
    if (transaction.id.empty()) {
        transaction.id = crypto::random_token(16);
    }
    transaction.browser_digest = crypto::token_digest(cookie);
    transaction.source = identity::throttle_source(request.client_ip);
    transaction.origin = request.origin;
    transaction.created_at = clock_.now();
    transaction.expires_at = transaction.created_at + kTransactionLife;
    if (auto inserted = store_.insert(transaction, kMostPerSource); !inserted) {
        return std::unexpected(inserted.error());
    }
    return Walk{.transaction = std::move(transaction), .browser = Secret(cookie)};
}

std::expected<Walk, http::Response> Walks::find(const http::Request& request,
                                                std::string_view id) const {
    const auto cookie =
        http::get_cookie(request, identity::cookie_name(request.origin, walk_cookie(id)));
    auto transaction = store_.find(id);
    if (!transaction && transaction.error().code != ErrorCode::kNotFound) {
        return std::unexpected(unavailable_page(transaction.error()));
    }
    if (!transaction || !cookie || transaction->origin != request.origin ||
        !constant_time_equal(crypto::token_digest(*cookie), transaction->browser_digest) ||
        transaction->stage == Stage::kFinished || transaction->expires_at <= clock_.now()) {
        return std::unexpected(over_page());
    }
    return Walk{.transaction = *std::move(transaction), .browser = Secret(*cookie)};
}

std::expected<Walk, http::Response> Walks::find_by_form(const http::Request& request,
                                                        const FormFields& form) const {
    return find(request, field(form, kIdField));
}

void set_walk_cookie(http::Response& response, const Walk& walk) {
    response.headers.add(
        "Set-Cookie",
        identity::set_cookie(walk.transaction.origin, walk_cookie(walk.transaction.id),
                             walk.browser.reveal(), identity::CookieLife::kTenMinutes));
}

void drop_old_walk_cookies(http::Response& response, const http::Request& request) {
    const std::string prefix = identity::cookie_name(request.origin, kCookiePrefix);
    std::vector<std::string_view> ids;
    for (const auto line : request.headers.get_all("Cookie")) {
        for (const auto part : split(line, ';')) {
            const auto name = trim(part.substr(0, part.find('=')));
            if (name.starts_with(prefix)) {
                ids.push_back(name.substr(prefix.size()));
            }
        }
    }
    // Browsers send what they got first first (RFC 6265 §5.4).
    for (std::size_t i = 0; i + kMostCookies < ids.size() + 1; ++i) {
        response.headers.add("Set-Cookie", identity::set_cookie(request.origin, walk_cookie(ids[i]),
                                                                {}, identity::CookieLife::kGone));
    }
}

std::vector<HiddenField> form_fields(const Walk& walk, const FormPlace& place) {
    return {{.name = std::string(kIdField), .value = walk.transaction.id},
            {.name = std::string(kTokenField),
             .value = form_token(walk.browser, place_of(walk, place))}};
}

bool is_own_form(const Walk& walk, const FormFields& form, const FormPlace& place) {
    return constant_time_equal(field(form, kTokenField),
                               form_token(walk.browser, place_of(walk, place)));
}

std::vector<HiddenField> form_fields(const Secret& cookie, std::string_view step) {
    return {{.name = std::string(kTokenField), .value = form_token(cookie, step)}};
}

bool is_own_form(const Secret& cookie, const FormFields& form, std::string_view step) {
    return constant_time_equal(field(form, kTokenField), form_token(cookie, step));
}

}  // namespace gatehouse::oauth
