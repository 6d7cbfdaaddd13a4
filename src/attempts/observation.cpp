// SPDX-License-Identifier: Apache-2.0
#include "attempts/observation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"

namespace gatehouse::attempts {
namespace {

constexpr std::size_t kMaxText = 300;
constexpr std::string_view kWalkCookie = "gatehouse-tx-";
constexpr std::string_view kResourceDocument = "/.well-known/oauth-protected-resource";
constexpr std::string_view kServerDocument = "/.well-known/oauth-authorization-server";

std::string shown(std::string_view text) {
    return sanitize_text(text, kMaxText);
}

std::string value_of(const FormFields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &FormFields::value_type::first);
    return found == fields.end() ? std::string() : found->second;
}

void put(json::Object& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out[name] = shown(value);
    }
}

void put_fingerprint(json::Object& out, std::string_view name, std::string_view secret) {
    if (!secret.empty()) {
        out[name] = "fingerprint " + fingerprint(secret);
    }
}

/// The parameters behind `?` of a Location.
FormFields query_of(std::string_view location) {
    const auto mark = location.find('?');
    if (mark == std::string_view::npos) {
        return {};
    }
    const auto query = location.substr(mark + 1);
    return parse_form(query.substr(0, query.find('#'))).value_or(FormFields{});
}

/// Ids of walks through the pages, from form, path, query and cookies; the surest first.
std::vector<std::string> walks_of(const http::Request& request,
                                  const http::Response& response,
                                  const FormFields& form) {
    std::vector<std::string> ids;
    const auto add = [&](std::string_view id) {
        if (!id.empty() && id.size() <= 64) {
            ids.emplace_back(id);
        }
    };
    add(value_of(form, "transaction"));
    constexpr std::string_view kWalk = "/authorize/";
    if (request.path.starts_with(kWalk) && request.path != "/authorize/server") {
        add(std::string_view(request.path).substr(kWalk.size()));
    }
    add(value_of(parse_form(request.query).value_or(FormFields{}), "transaction"));
    const auto add_cookies = [&](std::string_view text) {
        for (auto at = text.find(kWalkCookie); at != std::string_view::npos;
             at = text.find(kWalkCookie, at + 1)) {
            const auto name = text.substr(at + kWalkCookie.size());
            add(name.substr(0, name.find_first_of("=; ")));
        }
    };
    for (const auto cookie : response.headers.get_all("Set-Cookie")) {
        add_cookies(cookie);
    }
    for (const auto cookie : request.headers.get_all("Cookie")) {
        add_cookies(cookie);
    }
    return ids;
}

/// One exchange on its way to observations.
struct Reading {
    const http::Request& request;
    const http::Response& response;
    const ServerOf& server_of;

    [[nodiscard]] Observation begin(Step step) const {
        Observation seen;
        seen.event = {.step = step,
                      .ok = response.status < 400,
                      .method = shown(request.method),
                      .path = shown(request.path),
                      .ip = request.client_ip,
                      .user_agent = shown(request.headers.get("User-Agent").value_or("")),
                      .status = response.status};
        return seen;
    }

    /// The error that a JSON answer names.
    void note_json_error(Observation& seen) const {
        if (response.status < 400) {
            return;
        }
        seen.event.problem = "status " + std::to_string(response.status);
        if (const auto body = json::parse_object(response.body)) {
            if (const auto code = json::get_string(*body, "error")) {
                seen.event.problem = shown(*code);
            }
            put(seen.event.answered, "error_description",
                json::get_string(*body, "error_description").value_or(""));
        }
    }
};

Observation read_metadata(const Reading& in, Step step, std::string_view prefix) {
    Observation seen = in.begin(step);
    const std::string_view rest = std::string_view(in.request.path).substr(prefix.size());
    seen.server = in.server_of(rest);
    if (!seen.event.ok) {
        seen.event.problem = "not_found";
    }
    if (const auto document = json::parse_object(in.response.body);
        document && step == Step::kResourceMetadata) {
        put(seen.event.answered, "resource", json::get_string(*document, "resource").value_or(""));
    }
    return seen;
}

Observation read_registration(const Reading& in) {
    Observation seen = in.begin(Step::kRegistration);
    if (const auto sent = json::parse_object(in.request.body)) {
        seen.client_name = shown(json::get_string(*sent, "client_name").value_or(""));
        put(seen.event.sent, "client_name", seen.client_name);
        json::Array uris;
        for (const std::string& uri :
             json::get_strings(*sent, "redirect_uris").value_or(std::vector<std::string>{})) {
            if (uris.size() < 5) {
                uris.emplace_back(shown(uri));
            }
        }
        seen.event.sent["redirect_uris"] = std::move(uris);
    }
    in.note_json_error(seen);
    if (const auto made = json::parse_object(in.response.body); made && seen.event.ok) {
        seen.client = json::get_string(*made, "client_id").value_or("");
        put_fingerprint(seen.event.answered, "client_id", seen.client);
    }
    return seen;
}

/// The page's own words: its title and its first paragraph.
std::string words_of(std::string_view page) {
    std::string words;
    for (const std::string_view tag : {"<h1>", "<p>"}) {
        const auto begin = page.find(tag);
        if (begin != std::string_view::npos) {
            const auto text = page.substr(begin + tag.size());
            words.append(words.empty() ? "" : ": ").append(text.substr(0, text.find('<')));
        }
    }
    return words;
}

/// A page instead of a redirect: a step of the way, or a refusal.
void read_page_body(const http::Response& response, Observation& seen) {
    // D04: the page that leads back to the client names the error in its link.
    constexpr std::string_view kError = "error=";
    const std::string_view body = response.body;
    if (body.contains("rel=\"continue\"") && body.contains(kError)) {
        const auto rest = body.substr(body.find(kError) + kError.size());
        seen.event.ok = false;
        seen.event.problem = shown(rest.substr(0, rest.find_first_of("&\"")));
        return;
    }
    if (response.status >= 400) {
        seen.event.problem = "refused_with_a_page";
        put(seen.event.answered, "page", words_of(body));
    } else if (seen.event.step == Step::kSignIn && body.contains("id=\"error\"")) {
        seen.event.ok = false;
        seen.event.problem = "sign_in_failed";
    }
}

/// What the answer to a page says: where it leads, and what went wrong.
void read_page_answer(const Reading& in, std::vector<Observation>& all) {
    Observation& seen = all.back();
    const auto location = in.response.headers.get("Location");
    if (!location) {
        read_page_body(in.response, seen);
        return;
    }
    const FormFields query = query_of(*location);
    const std::string code = value_of(query, "code");
    const std::string error = value_of(query, "error");
    if (!error.empty() && !location->starts_with("/")) {
        seen.event.ok = false;
        seen.event.problem = shown(error);
        put(seen.event.answered, "error_description", value_of(query, "error_description"));
        return;
    }
    // Only answers of ours to clients carry `iss` beside the code.
    if (!code.empty() && !value_of(query, "iss").empty()) {
        Observation sent = in.begin(Step::kCode);
        sent.keys = seen.keys;
        sent.keys.push_back(key_of("code", code));
        put(sent.event.answered, "redirect_uri", location->substr(0, location->find('?')));
        put_fingerprint(sent.event.answered, "code", code);
        all.push_back(std::move(sent));
    }
}

std::vector<Observation> read_page(const Reading& in, Step step) {
    const FormFields form = parse_form(in.request.body).value_or(FormFields{});
    const FormFields query = parse_form(in.request.query).value_or(FormFields{});
    std::vector<Observation> all{in.begin(step)};
    Observation& seen = all.back();
    for (const std::string& walk : walks_of(in.request, in.response, form)) {
        seen.keys.push_back(key_of("walk", walk));
    }
    const FormFields& asked = in.request.method == "POST" && query.empty() ? form : query;
    switch (step) {
        case Step::kAuthorize:
            seen.client = value_of(asked, "client_id");
            put(seen.event.sent, "client_id",
                seen.client.size() > 200 ? "fingerprint " + fingerprint(seen.client) : seen.client);
            put(seen.event.sent, "redirect_uri", value_of(asked, "redirect_uri"));
            put(seen.event.sent, "resource", value_of(asked, "resource"));
            put(seen.event.sent, "scope", value_of(asked, "scope"));
            seen.server = in.server_of(value_of(asked, "resource"));
            break;
        case Step::kConsent:
            put(seen.event.sent, "decision", value_of(form, "decision"));
            break;
        case Step::kSignIn:
            put(seen.event.sent, "method", value_of(form, "method"));
            break;
        case Step::kDownstream:
            put(seen.event.sent, "error", value_of(query, "error"));
            put_fingerprint(seen.event.sent, "code", value_of(query, "code"));
            break;
        default:
            break;
    }
    read_page_answer(in, all);
    if (step == Step::kDownstream && !value_of(query, "error").empty()) {
        all.front().event.ok = false;
        all.front().event.problem = shown(value_of(query, "error"));
    }
    return all;
}

/// What of a token answer names the connection, without the token.
void read_token_answer(const Reading& in, Observation& seen) {
    const auto answer = json::parse_object(in.response.body);
    if (!answer || !seen.event.ok) {
        return;
    }
    if (const auto token = json::get_string(*answer, "access_token")) {
        seen.keys.push_back(key_of("token", *token));
        put_fingerprint(seen.event.answered, "access_token", *token);
        if (const auto decoded = crypto::decode_jwt(*token)) {
            if (const auto sid = json::get_string(decoded->claims, "sid")) {
                seen.keys.push_back("connection:" + *sid);
                put(seen.event.answered, "connection", *sid);
            }
            put(seen.event.answered, "aud", json::get_string(decoded->claims, "aud").value_or(""));
        }
    }
    if (const auto refresh = json::get_string(*answer, "refresh_token")) {
        seen.keys.push_back(key_of("refresh", *refresh));
        put_fingerprint(seen.event.answered, "refresh_token", *refresh);
    }
    put(seen.event.answered, "scope", json::get_string(*answer, "scope").value_or(""));
}

std::vector<Observation> read_token(const Reading& in) {
    const FormFields form = parse_form(in.request.body).value_or(FormFields{});
    const std::string grant = value_of(form, "grant_type");
    const bool is_refresh = grant == "refresh_token";
    Observation seen = in.begin(is_refresh ? Step::kRefresh : Step::kToken);
    put(seen.event.sent, "grant_type", grant);
    put(seen.event.sent, "redirect_uri", value_of(form, "redirect_uri"));
    put(seen.event.sent, "resource", value_of(form, "resource"));
    const std::string code = value_of(form, "code");
    const std::string refresh = value_of(form, "refresh_token");
    put_fingerprint(seen.event.sent, "code", code);
    put_fingerprint(seen.event.sent, "refresh_token", refresh);
    if (!code.empty()) {
        seen.keys.push_back(key_of("code", code));
    }
    if (!refresh.empty()) {
        seen.keys.push_back(key_of("refresh", refresh));
    }
    seen.client = value_of(form, "client_id");
    seen.server = in.server_of(value_of(form, "resource"));
    in.note_json_error(seen);
    read_token_answer(in, seen);
    return {std::move(seen)};
}

}  // namespace

std::string key_of(std::string_view kind, std::string_view secret) {
    std::string key(kind);
    key += ':';
    return key + crypto::token_digest(secret);
}

std::vector<Observation> observe(const http::Request& request,
                                 const http::Response& response,
                                 const ServerOf& server_of) {
    const Reading in{.request = request, .response = response, .server_of = server_of};
    const std::string_view path = request.path;
    if (request.method == "OPTIONS" || request.method == "HEAD") {
        return {};
    }
    if (path.starts_with(kResourceDocument)) {
        return {read_metadata(in, Step::kResourceMetadata, kResourceDocument)};
    }
    if (path.starts_with(kServerDocument)) {
        return {read_metadata(in, Step::kServerMetadata, kServerDocument)};
    }
    if (path == "/register") {
        return {read_registration(in)};
    }
    if (path == "/token") {
        return read_token(in);
    }
    if (path == "/authorize" || path.starts_with("/authorize/")) {
        return read_page(in, Step::kAuthorize);
    }
    if (path == "/consent") {
        return read_page(in, Step::kConsent);
    }
    if (path == "/sign-in" && request.method == "POST") {
        return read_page(in, Step::kSignIn);
    }
    if (path.starts_with("/connect/") && path.ends_with("/callback")) {
        return read_page(in, Step::kDownstream);
    }
    return {};
}

}  // namespace gatehouse::attempts
