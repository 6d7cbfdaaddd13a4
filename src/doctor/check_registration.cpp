// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "doctor/internal/visit.h"

/// How the client gets an id, and what the endpoints make of it.
namespace gatehouse::doctor {
namespace {

constexpr std::chrono::seconds kSlow{10};

bool lists_none(const json::Object& server) {
    const auto methods = json::get_strings(server, "token_endpoint_auth_methods_supported");
    return methods && contains(*methods, "none");
}

/// Its metadata document serves as the client's id.
bool uses_document(Visit& visit) {
    const bool advertised =
        json::get_bool(visit.server, "client_id_metadata_document_supported").value_or(false);
    if (visit.profile.document.empty() || !advertised) {
        return false;
    }
    if (visit.profile.document_needs_none && !lists_none(visit.server)) {
        visit.warn("registration.none", "`token_endpoint_auth_methods_supported` lacks `none`",
                   fmt::format("list it first: {} uses its metadata document only then",
                               visit.profile.title));
        return false;
    }
    visit.client_id = visit.profile.document;
    visit.pass("registration",
               "the client needs none: its id is its metadata document, " + visit.client_id);
    return true;
}

http::ClientRequest registration(const Visit& visit, const std::string& endpoint) {
    json::Array uris;
    for (const std::string_view uri : visit.profile.redirect_uris) {
        uris.emplace_back(uri);
    }
    http::ClientRequest request{.method = "POST", .url = endpoint};
    request.headers.set("Content-Type", "application/json");
    request.headers.set("Accept", "application/json");
    request.body = json::dump(
        json::Object{{"client_name", fmt::format("gatehouse doctor ({})", visit.profile.title)},
                     {"redirect_uris", std::move(uris)},
                     {"grant_types", json::Array{"authorization_code", "refresh_token"}},
                     {"response_types", json::Array{"code"}},
                     {"token_endpoint_auth_method", "none"}});
    return request;
}

std::string said_error(const http::ClientResponse& answer) {
    const auto body = json_of(answer);
    if (!body) {
        return fmt::format("{} and no JSON", answer.status);
    }
    return fmt::format("{} {} {}", answer.status, json::get_string(*body, "error").value_or(""),
                       json::get_string(*body, "error_description").value_or(""));
}

/// The scopes that a client asks for: what the challenge names, else what the resource lists.
std::string scopes_of(const Visit& visit) {
    std::string scope = challenge_parameter(visit.challenge, "scope");
    if (scope.empty()) {
        scope = join(json::get_strings(visit.resource, "scopes_supported")
                         .value_or(std::vector<std::string>{}),
                     " ");
    }
    return scope;
}

void explain_authorize(Visit& visit, const http::ClientResponse& answer) {
    if (answer.status >= 500) {
        visit.fail("authorize", fmt::format("the page answers {}", answer.status),
                   "see the server's log");
    } else if (answer.status >= 400) {
        visit.fail("authorize",
                   fmt::format("the page refuses the client's request with {}", answer.status),
                   fmt::format("it asked as {} with the redirect URI {}; the page says what is "
                               "wrong with it",
                               visit.client_id, visit.redirect_uri));
    } else {
        visit.pass("authorize", "the sign-in page opens");
    }
}

}  // namespace

bool check_registration(Visit& visit) {
    if (uses_document(visit)) {
        return true;
    }
    const auto endpoint = json::get_string(visit.server, "registration_endpoint");
    if (!endpoint) {
        visit.fail("registration",
                   "the server offers no way to register: no registration_endpoint, and no "
                   "metadata documents that this client has",
                   "allow dynamic registration, or give the client an id and secret by hand where "
                   "it can take them");
        return false;
    }
    const auto answer = visit.send(registration(visit, *endpoint));
    if (!answer) {
        visit.fail("registration", answer.error().message,
                   "the registration endpoint must be reachable from where the client runs");
        return false;
    }
    const auto made = json_of(*answer);
    const bool good = (answer->status == 201 || answer->status == 200) && made;
    const std::string id = good ? json::get_string(*made, "client_id").value_or("") : "";
    if (id.empty()) {
        visit.fail("registration", "the registration was refused: " + said_error(*answer),
                   fmt::format("{} registers with {}; each must be accepted, loopback http, "
                               "private schemes and https alike",
                               visit.profile.title, visit.profile.redirect_uris.front()));
        return false;
    }
    visit.client_id = id;
    if (json::get_string(*made, "client_secret") &&
        json::get_string(*made, "token_endpoint_auth_method") == "none") {
        visit.warn("registration.secret", "a client without authentication was given a secret",
                   "leave client_secret out when the method is none");
    }
    visit.pass("registration", "the client can register itself");
    return true;
}

void check_authorize(Visit& visit) {
    const std::string endpoint =
        json::get_string(visit.server, "authorization_endpoint").value_or("");
    FormFields query{
        {"response_type", "code"},
        {"client_id", visit.client_id},
        {"redirect_uri", visit.redirect_uri},
        {"state", crypto::random_token(12) + "=="},
        {"code_challenge", crypto::pkce_challenge(crypto::random_token())},
        {"code_challenge_method", "S256"},
        {"resource", json::get_string(visit.resource, "resource").value_or(visit.question.url)}};
    if (const std::string scope = scopes_of(visit); !scope.empty()) {
        query.emplace_back("scope", scope);
    }
    http::ClientRequest request{.url = endpoint + (endpoint.contains('?') ? "&" : "?") +
                                       encode_form(query)};
    request.headers.set("Accept", "text/html");
    request.headers.set("User-Agent", "Mozilla/5.0 (gatehouse doctor)");
    const auto answer = visit.send(std::move(request));
    if (!answer) {
        visit.fail("authorize", answer.error().message,
                   "the sign-in page must be reachable from people's browsers");
        return;
    }
    const std::string to(answer->headers.get("Location").value_or(""));
    const auto mark = to.find("error=");
    if (answer->status >= 300 && answer->status < 400 && mark != std::string::npos) {
        visit.fail("authorize",
                   "the client is sent back with " + to.substr(mark, to.find('&', mark) - mark),
                   "the server does not take what this client asks for: scope, resource or "
                   "redirect URI");
        return;
    }
    explain_authorize(visit, *answer);
}

void check_token_endpoint(Visit& visit) {
    const std::string endpoint = json::get_string(visit.server, "token_endpoint").value_or("");
    http::ClientRequest request{.method = "POST", .url = endpoint};
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("Accept", "application/json");
    request.body = encode_form({{"grant_type", "authorization_code"},
                                {"code", crypto::random_token()},
                                {"code_verifier", crypto::random_token()},
                                {"redirect_uri", visit.redirect_uri},
                                {"client_id", visit.client_id}});
    request.timeout = kSlow;
    const auto answer = visit.send(std::move(request));
    if (!answer) {
        visit.fail("token", answer.error().message,
                   "the token endpoint must answer within ten seconds, from where the client runs");
        return;
    }
    const auto body = json_of(*answer);
    const std::string error = body ? json::get_string(*body, "error").value_or("") : "";
    if (error.empty()) {
        visit.fail("token",
                   fmt::format("a code that is none is answered with {} and no JSON error",
                               answer->status),
                   "answer 400 with {\"error\":\"invalid_grant\"}: clients cannot go on otherwise");
    } else if (error == "invalid_grant" || error == "invalid_client") {
        visit.pass("token", "a code that is none is refused with " + error);
    } else {
        visit.warn("token", "a code that is none is refused with " + error,
                   "answer invalid_grant: clients recover from that and not from other codes");
    }
}

}  // namespace gatehouse::doctor
