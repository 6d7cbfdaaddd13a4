// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/sign_in.h"

#include <ostream>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gatehouse::cli {
namespace {

constexpr std::chrono::seconds kPatience{300};
constexpr std::size_t kMaxShown = 200;

struct Endpoints {
    std::string issuer, authorize, token, registration, scope;
};

Result<json::Object> ask(Environment& environment, const http::ClientRequest& request) {
    const auto answer = environment.client.send(request);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    auto object = json::parse_object(answer->body);
    if (answer->status < 200 || answer->status > 299) {
        const auto why = object ? json::get_string(*object, "error_description")
                                      .value_or(json::get_string(*object, "error").value_or(""))
                                : "";
        return fail(ErrorCode::kPeer, "HTTP " + std::to_string(answer->status) + " from " +
                                          request.url + (why.empty() ? "" : ": ") +
                                          sanitize_text(why, kMaxShown));
    }
    return object ? std::move(object) : fail(ErrorCode::kPeer, request.url + " answers no JSON");
}

Result<Endpoints> discover(Environment& environment, const Url& url) {
    const auto resource = ask(
        environment, {.url = url.origin() + "/.well-known/oauth-protected-resource" + url.path});
    if (!resource) {
        return std::unexpected(resource.error());
    }
    const auto issuers = json::get_strings(*resource, "authorization_servers");
    if (!issuers || issuers->empty()) {
        return fail(ErrorCode::kPeer, "the server names no authorization server");
    }
    const auto metadata =
        ask(environment, {.url = issuers->front() + "/.well-known/oauth-authorization-server"});
    if (!metadata) {
        return std::unexpected(metadata.error());
    }
    Endpoints found{
        .issuer = issuers->front(),
        .authorize = json::get_string(*metadata, "authorization_endpoint").value_or(""),
        .token = json::get_string(*metadata, "token_endpoint").value_or(""),
        .registration = json::get_string(*metadata, "registration_endpoint").value_or(""),
        .scope = join(
            json::get_strings(*resource, "scopes_supported").value_or(std::vector<std::string>{}),
            " ")};
    if (json::get_string(*metadata, "issuer") != found.issuer || found.authorize.empty() ||
        found.token.empty()) {
        return fail(ErrorCode::kPeer, "the authorization server's metadata cannot be used");
    }
    if (found.registration.empty()) {
        return fail(ErrorCode::kPeer,
                    "this server lets no client register by itself; give --token");
    }
    return found;
}

Result<std::string> register_client(Environment& environment,
                                    const Endpoints& endpoints,
                                    const std::string& redirect_uri) {
    http::ClientRequest request{.method = "POST",
                                .url = endpoints.registration,
                                .headers = {{"Content-Type", "application/json"}}};
    request.body =
        json::dump(json::Object{{"client_name", "gatehouse command line"},
                                {"application_type", "native"},
                                {"redirect_uris", json::Array{json::Value(redirect_uri)}},
                                {"grant_types", json::Array{json::Value("authorization_code")}},
                                {"response_types", json::Array{json::Value("code")}},
                                {"token_endpoint_auth_method", "none"}});
    const auto registered = ask(environment, request);
    if (!registered) {
        return std::unexpected(registered.error());
    }
    auto id = json::get_string(*registered, "client_id");
    return id ? *std::move(id) : Result<std::string>(fail(ErrorCode::kPeer, "no client_id"));
}

std::string value_of(const FormFields& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

Result<std::string> read_code(const std::string& query,
                              const std::string& state,
                              const std::string& issuer) {
    const auto fields = parse_form(query);
    if (!fields || !constant_time_equal(value_of(*fields, "state"), state)) {
        return fail(ErrorCode::kPeer, "the browser came back from something else");
    }
    if (const auto from = value_of(*fields, "iss"); !from.empty() && from != issuer) {
        return fail(ErrorCode::kPeer, "the browser came back from another server");
    }
    if (const auto error = value_of(*fields, "error"); !error.empty()) {
        const auto why = value_of(*fields, "error_description");
        return fail(ErrorCode::kForbidden, sanitize_text(why.empty() ? error : why, kMaxShown));
    }
    auto code = value_of(*fields, "code");
    return code.empty() ? Result<std::string>(fail(ErrorCode::kPeer, "the browser brought no code"))
                        : Result<std::string>(std::move(code));
}

void show(const Invocation& invocation, Environment& environment, const std::string& url) {
    const bool opened =
        !invocation.has("no-browser") && environment.open_browser && environment.open_browser(url);
    environment.err << (opened ? "Sign in with the browser that opens, or at\n" : "Sign in at\n")
                    << url << "\n";
    environment.err.flush();
}

}  // namespace

Result<Secret> sign_in(const std::string& mcp_url,
                       const Invocation& invocation,
                       Environment& environment) {
    const auto url = parse_url(mcp_url);
    if (!url) {
        return std::unexpected(url.error());
    }
    const auto endpoints = discover(environment, *url);
    if (!endpoints) {
        return std::unexpected(endpoints.error());
    }
    if (!environment.expect_browser) {
        return fail(ErrorCode::kInvalid, "there is no way to sign in here; give --token");
    }
    auto coming_back = environment.expect_browser();
    if (!coming_back) {
        return std::unexpected(coming_back.error());
    }
    const std::string redirect_uri = (*coming_back)->redirect_uri();
    const auto client_id = register_client(environment, *endpoints, redirect_uri);
    if (!client_id) {
        return std::unexpected(client_id.error());
    }
    const std::string state = crypto::random_token();
    const std::string verifier = crypto::random_token();
    FormFields query{{"response_type", "code"},
                     {"client_id", *client_id},
                     {"redirect_uri", redirect_uri},
                     {"state", state},
                     {"code_challenge", crypto::pkce_challenge(verifier)},
                     {"code_challenge_method", "S256"},
                     {"resource", mcp_url}};
    if (!endpoints->scope.empty()) {
        query.emplace_back("scope", endpoints->scope);
    }
    show(invocation, environment, append_query(endpoints->authorize, query));
    const auto brought = (*coming_back)->wait(kPatience);
    if (!brought) {
        return std::unexpected(brought.error());
    }
    const auto code = read_code(*brought, state, endpoints->issuer);
    if (!code) {
        return std::unexpected(code.error());
    }
    http::ClientRequest request{.method = "POST",
                                .url = endpoints->token,
                                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}};
    request.body = encode_form({{"grant_type", "authorization_code"},
                                {"code", *code},
                                {"redirect_uri", redirect_uri},
                                {"client_id", *client_id},
                                {"code_verifier", verifier},
                                {"resource", mcp_url}});
    const auto tokens = ask(environment, request);
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    auto token = json::get_string(*tokens, "access_token");
    return token ? Secret(*std::move(token))
                 : Result<Secret>(fail(ErrorCode::kPeer, "there is no token in the answer"));
}

}  // namespace gatehouse::cli
