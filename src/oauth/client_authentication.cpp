// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_authentication.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"

namespace gatehouse::oauth {
namespace {

/// One half of Basic credentials as form encoding spells it; nothing when it is not that.
std::optional<std::string> form_decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
}

void add_unless_there(std::vector<std::string>& list, std::string item) {
    if (!contains(list, item)) {
        list.push_back(std::move(item));
    }
}

bool matches_any(const std::vector<std::string>& secrets, std::string_view digest) {
    bool right = false;
    for (const std::string& secret : secrets) {
        right |= constant_time_equal(crypto::token_digest(secret), digest);
    }
    return right;
}

constexpr std::string_view kBasic = "basic ";

bool is_basic(std::string_view header) {
    return header.size() > kBasic.size() && iequals(header.substr(0, kBasic.size()), kBasic);
}

std::string throttle_key(const Client& client, const std::string& client_ip) {
    return crypto::token_digest(client.id) + identity::throttle_source(client_ip);
}

}  // namespace

/// What the request brings along, in every spelling that it may mean.
struct ClientAuthenticator::Presented {
    std::vector<std::string> ids;
    std::vector<std::string> secrets;  ///< empty: none was sent
    std::string challenge;             ///< for the 401, when Basic was tried

    [[nodiscard]] std::unexpected<OAuthError> refusal(std::string_view description) const {
        return std::unexpected(OAuthError{.code = "invalid_client",
                                          .description = std::string(description),
                                          .status = 401,
                                          .challenge = challenge});
    }

    [[nodiscard]] OAuthResult<void> read_basic(std::string_view credentials) {
        challenge = R"(Basic realm="token endpoint", charset="UTF-8")";
        const auto decoded = base64_decode(trim(credentials));
        const auto colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon == std::string::npos) {
            return refusal("the Basic credentials cannot be read");
        }
        const auto add_both = [](std::vector<std::string>& list, const std::string& half) {
            // RFC 6749 §2.3.1 form-encodes both halves, but several clients send them raw.
            if (auto encoded = form_decode(half); encoded && !encoded->empty()) {
                add_unless_there(list, *std::move(encoded));
            }
            if (!half.empty()) {
                add_unless_there(list, half);
            }
        };
        add_both(ids, decoded->substr(0, colon));
        add_both(secrets, decoded->substr(colon + 1));
        return {};
    }
};

OAuthResult<Client> ClientAuthenticator::authenticate(const http::Request& request,
                                                      const FormRequest& form,
                                                      std::string_view origin) {
    if (form.has("client_assertion") || form.has("client_assertion_type")) {
        return authenticate_with_key(request, form, origin);
    }
    Presented presented;
    const std::string_view header = request.headers.get("Authorization").value_or("");
    if (is_basic(header)) {
        if (request.headers.get_all("Authorization").size() > 1 || form.has("client_secret")) {
            return refuse("invalid_request", "more than one way of client authentication");
        }
        if (auto read = presented.read_basic(header.substr(kBasic.size())); !read) {
            return std::unexpected(read.error());
        }
        const std::string named(form.get("client_id"));
        if (!named.empty()) {
            if (!contains(presented.ids, named)) {
                return refuse("invalid_request", "client_id differs from the Authorization header");
            }
            presented.ids = {named};
        }
    } else {
        if (form.has("client_id")) {
            presented.ids.emplace_back(form.get("client_id"));
        }
        if (form.has("client_secret")) {
            presented.secrets.emplace_back(form.get("client_secret"));
        }
    }
    if (presented.ids.empty()) {
        return presented.refusal("client_id is missing");
    }
    auto client = find(origin, presented);
    if (!client) {
        return client;
    }
    if (auto checked = check_secret(*client, presented, request.client_ip); !checked) {
        return std::unexpected(checked.error());
    }
    return client;
}

OAuthResult<void> ClientAuthenticator::check_secret(const Client& client,
                                                    const Presented& presented,
                                                    const std::string& client_ip) {
    if (client.auth_method == "none") {
        return presented.secrets.empty()
                   ? OAuthResult<void>{}
                   : OAuthResult<void>(presented.refusal("this client has no secret"));
    }
    if (presented.secrets.empty()) {
        return presented.refusal("this client must authenticate");
    }
    const std::string key = throttle_key(client, client_ip);
    if (auto wait = wait_after_failures(key); !wait) {
        return wait;
    }
    if (client.secret_digest.empty() || !matches_any(presented.secrets, client.secret_digest)) {
        failures_.failed(key);
        return presented.refusal("client authentication failed");
    }
    failures_.succeeded(key);
    return {};
}

OAuthResult<void> ClientAuthenticator::wait_after_failures(const std::string& key) {
    const auto wait = failures_.wait(key);
    if (wait.count() <= 0) {
        return {};
    }
    return std::unexpected(
        OAuthError{.code = "temporarily_unavailable",
                   .description = "too many wrong client secrets",
                   .status = 429,
                   .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)});
}

OAuthResult<Client> ClientAuthenticator::authenticate_with_key(const http::Request& request,
                                                               const FormRequest& form,
                                                               std::string_view origin) {
    if (is_basic(request.headers.get("Authorization").value_or("")) || form.has("client_secret")) {
        return refuse("invalid_request", "more than one way of client authentication");
    }
    const Presented none;
    if (form.get("client_assertion_type") != kAssertionType) {
        return none.refusal("this client_assertion_type is not accepted");
    }
    const std::string token(form.get("client_assertion"));
    const auto assertion = read_client_assertion(token, origin, needs_.clock.now());
    if (!assertion) {
        return none.refusal(assertion.error().message);
    }
    if (form.has("client_id") && form.get("client_id") != assertion->client_id) {
        return none.refusal("client_id differs from the client assertion");
    }
    auto client = find(origin, {.ids = {assertion->client_id}, .secrets = {}, .challenge = {}});
    if (!client) {
        return client;
    }
    const std::string key = throttle_key(*client, request.client_ip);
    if (auto wait = wait_after_failures(key); !wait) {
        return std::unexpected(wait.error());
    }
    if (auto checked = check_signature(*client, *assertion, token); !checked) {
        if (checked.error().status == 401) {
            failures_.failed(key);
        }
        return std::unexpected(checked.error());
    }
    failures_.succeeded(key);
    return client;
}

OAuthResult<void> ClientAuthenticator::check_signature(const Client& client,
                                                       const ClientAssertion& assertion,
                                                       const std::string& token) {
    const Presented none;
    const auto keys = needs_.keys.find(client, assertion.kid);
    if (!keys) {
        return keys.error().code == ErrorCode::kNotFound
                   ? OAuthResult<void>(none.refusal("this client has no keys"))
                   : OAuthResult<void>(refuse_unavailable(keys.error()));
    }
    if (!crypto::verify_jwt(token, **keys, assertion_algs())) {
        return none.refusal("client authentication failed");
    }
    // Only what is signed counts as used, so that nobody can use up an id for somebody else.
    const auto first =
        needs_.used_assertions.use(crypto::token_digest(client.id + '\n' + assertion.jti),
                                   assertion.expires_at, needs_.clock.now());
    if (!first) {
        return refuse_unavailable(first.error());
    }
    return *first ? OAuthResult<void>{}
                  : OAuthResult<void>(none.refusal("the client assertion was used before"));
}

OAuthResult<Client> ClientAuthenticator::find(std::string_view origin, const Presented& presented) {
    for (const std::string& id : presented.ids) {
        auto client = needs_.clients.find(origin, id);
        if (client) {
            return *std::move(client);
        }
        if (client.error().code != ErrorCode::kNotFound) {
            return refuse_unavailable(client.error());
        }
    }
    return presented.refusal("unknown client");
}

}  // namespace gatehouse::oauth
