// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "doctor/internal/visit.h"

/// The documents that lead a client from the endpoint to the authorization server.
namespace gatehouse::doctor {
namespace {

constexpr std::string_view kResource = "/.well-known/oauth-protected-resource";
constexpr std::string_view kServer = "/.well-known/oauth-authorization-server";
constexpr std::string_view kOpenid = "/.well-known/openid-configuration";

struct Found {
    std::string url;
    json::Object document;
};

/// The first of these places that has the document. What else was answered is reported under
/// `name`.
std::optional<Found> look(Visit& visit,
                          const std::string& name,
                          const std::vector<std::string>& places) {
    std::string last;
    for (const std::string& place : places) {
        const auto answer = visit.get(place);
        if (!answer) {
            last = place + ": " + answer.error().message;
            continue;
        }
        if (answer->status == 200) {
            if (auto document = json_of(*answer)) {
                return Found{.url = place, .document = std::move(*document)};
            }
            visit.fail(name, place + " answers 200 with something that is not JSON",
                       "answer 404 where there is no document: a web application's catch-all page "
                       "stops clients");
            return std::nullopt;
        }
        last = fmt::format("{} answers {}", place, answer->status);
        const bool is_trouble = answer->status >= 500 || answer->status == 429;
        if (is_trouble && visit.profile.strict_errors) {
            visit.fail(name, last,
                       fmt::format("{} gives up at 429 and 5xx here: answer 404 where there is no "
                                   "document, and do not limit the rate of discovery",
                                   visit.profile.title));
            return std::nullopt;
        }
    }
    visit.fail(name, last.empty() ? "there is no document" : last,
               "serve the document there, without sign-in and without a redirect; a proxy in front "
               "must forward /.well-known too");
    return std::nullopt;
}

std::string without_slash(std::string_view text) {
    return std::string(text.ends_with('/') ? text.substr(0, text.size() - 1) : text);
}

void check_resource_value(Visit& visit, const std::string& value) {
    const std::string& asked = visit.question.url;
    const bool is_prefix = asked == value || (asked.starts_with(value) &&
                                              (value.ends_with('/') || asked[value.size()] == '/'));
    if (asked == value || (is_prefix && visit.profile.resource == ResourceRule::kPrefix)) {
        visit.pass("resource_metadata.resource", "`resource` is " + value);
    } else if (without_slash(asked) == without_slash(value)) {
        visit.fail("resource_metadata.resource",
                   fmt::format("`resource` is {}, and the client was given {}", value, asked),
                   "echo the URL as the client spells it: a trailing slash too many or too few "
                   "makes clients refuse the server");
    } else {
        visit.fail("resource_metadata.resource",
                   fmt::format("`resource` is {}, and the client was given {}", value, asked),
                   "it must be the URL of the MCP endpoint, path included; the server may not know "
                   "its public URL");
    }
}

std::vector<std::string> server_places(const Visit& visit, const std::string& issuer) {
    const auto url = parse_url(issuer);
    if (!url) {
        return {};
    }
    const std::string path = without_slash(url->path);
    std::vector<std::string> places{url->origin() + std::string(kServer) + path,
                                    url->origin() + std::string(kOpenid) + path};
    if (!path.empty()) {
        places.push_back(url->origin() + path + std::string(kOpenid));
        if (visit.profile.strict_errors) {
            places.push_back(url->origin() + std::string(kServer));
        }
    }
    return places;
}

bool lists(const json::Object& document, std::string_view name, std::string_view value) {
    const auto list = json::get_strings(document, name);
    return list && contains(*list, value);
}

void check_issuer(Visit& visit, const std::string& issuer) {
    const std::string said = json::get_string(visit.server, "issuer").value_or("");
    if (said == issuer) {
        visit.pass("server_metadata.issuer", "`issuer` is " + said);
    } else {
        visit.fail(
            "server_metadata.issuer",
            fmt::format("`issuer` is {}, and `authorization_servers` names {}", said, issuer),
            "both must be the same, byte for byte; no trailing slash is the safe form");
    }
}

void check_endpoints(Visit& visit) {
    for (const char* name : {"authorization_endpoint", "token_endpoint"}) {
        const std::string value = json::get_string(visit.server, name).value_or("");
        const auto url = parse_url(value);
        if (!url) {
            visit.fail(std::string("server_metadata.") + name,
                       fmt::format("`{}` is missing or no URL", name), "name the endpoint");
        } else if (url->scheme != "https" && !url->is_loopback()) {
            visit.fail(std::string("server_metadata.") + name,
                       fmt::format("`{}` is plain http: {}", name, value),
                       "use https; behind a proxy, tell the server its public URL");
        }
    }
}

void check_ways(Visit& visit) {
    if (!lists(visit.server, "response_types_supported", "code")) {
        visit.fail("server_metadata.response_types", "`response_types_supported` lacks `code`",
                   "list it: several SDKs refuse the document otherwise");
    }
    if (lists(visit.server, "code_challenge_methods_supported", "S256")) {
        visit.pass("server_metadata.pkce", "PKCE with S256 is supported");
    } else {
        visit.fail("server_metadata.pkce", "`code_challenge_methods_supported` lacks `S256`",
                   "support PKCE with S256 and say so; clients refuse a server without");
    }
    const auto grants = json::get_strings(visit.server, "grant_types_supported");
    if (grants && !contains(*grants, "refresh_token")) {
        visit.warn("server_metadata.refresh", "`grant_types_supported` lacks `refresh_token`",
                   "without it people sign in again whenever a token ends");
    }
    const bool has_iss =
        json::get_bool(visit.server, "authorization_response_iss_parameter_supported")
            .value_or(false);
    if (has_iss) {
        visit.pass("server_metadata.iss", "answers carry `iss`");
    } else if (visit.profile.needs_iss) {
        visit.warn("server_metadata.iss",
                   "`authorization_response_iss_parameter_supported` is not true",
                   fmt::format("send `iss` and say so: {} uses its stable client id only then",
                               visit.profile.title));
    }
}

}  // namespace

bool check_resource_metadata(Visit& visit) {
    std::vector<std::string> places;
    const std::string named = challenge_parameter(visit.challenge, "resource_metadata");
    if (!named.empty()) {
        places.push_back(named);
    }
    const std::string by_path = visit.origin() + std::string(kResource) + visit.url.path;
    if (by_path != named) {
        places.push_back(by_path);
    }
    // Asked by its challenge, a client looks nowhere else.
    if (named.empty()) {
        places.push_back(visit.origin() + std::string(kResource));
    }
    const auto found = look(visit, "resource_metadata", places);
    if (!found) {
        return false;
    }
    visit.resource = found->document;
    visit.pass("resource_metadata", "found at " + found->url);
    check_resource_value(visit, json::get_string(visit.resource, "resource").value_or(""));
    const auto servers = json::get_strings(visit.resource, "authorization_servers");
    if (!servers || servers->empty()) {
        visit.fail("resource_metadata.authorization_servers",
                   "`authorization_servers` names no server", "name the issuer there");
        return false;
    }
    return true;
}

bool check_server_metadata(Visit& visit) {
    const auto servers = json::get_strings(visit.resource, "authorization_servers");
    const std::string issuer = servers->front();
    const auto found = look(visit, "server_metadata", server_places(visit, issuer));
    if (!found) {
        return false;
    }
    visit.server = found->document;
    visit.pass("server_metadata", "found at " + found->url);
    check_issuer(visit, issuer);
    check_endpoints(visit);
    check_ways(visit);
    return parse_url(json::get_string(visit.server, "authorization_endpoint").value_or(""))
        .has_value();
}

}  // namespace gatehouse::doctor
