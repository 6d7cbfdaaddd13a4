// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_document.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/strings.h"
#include "oauth/client_assertion.h"
#include "oauth/registration.h"

namespace gatehouse::oauth {
namespace {

constexpr const char* kMethod = "token_endpoint_auth_method";
constexpr const char* kMethods = "token_endpoint_auth_methods_supported";
constexpr std::array<std::string_view, 3> kSymmetric{"client_secret_basic", "client_secret_post",
                                                     "client_secret_jwt"};

std::unexpected<Error> refuse_document(std::string_view why) {
    return fail(ErrorCode::kInvalid, "the app's metadata document: " + std::string(why));
}

Result<void> check_identity(const json::Object& document, std::string_view client_id) {
    if (json::get_string(document, "client_id") != client_id) {
        return refuse_document("its client_id is not the URL that it was fetched from");
    }
    const auto name = json::get_string(document, "client_name");
    if (!name || sanitize_text(*name, name->size()).empty()) {
        return refuse_document("client_name is missing");
    }
    if (document.contains("client_secret") || document.contains("client_secret_expires_at")) {
        return refuse_document("it must not have a secret");
    }
    return {};
}

/// How the client may authenticate (C24, C25).
struct Methods {
    bool none = false;
    bool key = false;
};

Result<Methods> read_methods(const json::Object& document) {
    const auto* named = document.if_contains(kMethod);
    if (named != nullptr && !named->is_string()) {
        return refuse_document("token_endpoint_auth_method must be a string");
    }
    const std::string method = json::get_string(document, kMethod).value_or("");
    if (std::ranges::find(kSymmetric, method) != kSymmetric.end()) {
        return refuse_document("token_endpoint_auth_method must not need a shared secret");
    }
    std::vector<std::string> methods;
    if (document.contains(kMethods)) {
        auto listed = json::get_strings(document, kMethods);
        if (!listed) {
            return refuse_document(std::string(kMethods) + " must be an array of strings");
        }
        methods = *std::move(listed);
    }
    if (!method.empty()) {
        methods.push_back(method);
    }
    if (methods.empty()) {
        return Methods{.none = true};
    }
    const Methods found{.none = contains(methods, "none"),
                        .key = contains(methods, kPrivateKeyJwt)};
    if (!found.none && !found.key) {
        return refuse_document("of the ways to authenticate, none or private_key_jwt must do");
    }
    return found;
}

/// A client that may come without proof is not refused for keys that cannot be read.
Result<void> take_keys(const json::Object& document, const Methods& methods, Client& client) {
    if (!methods.key) {
        return {};
    }
    if (auto keys = read_client_keys(document, client); !keys && !methods.none) {
        return refuse_document(keys.error().description);
    }
    if (!methods.none) {
        client.auth_method = kPrivateKeyJwt;
    }
    return {};
}

}  // namespace

Result<Client> read_client_document(json::Object document, std::string_view client_id) {
    if (auto identity = check_identity(document, client_id); !identity) {
        return std::unexpected(identity.error());
    }
    const auto methods = read_methods(document);
    if (!methods) {
        return std::unexpected(methods.error());
    }
    // From here on a document is a registration like any other.
    document[kMethod] = "none";
    auto registration = read_registration(document, {});
    if (!registration) {
        return refuse_document(registration.error().description);
    }
    Client client = std::move(registration->client);
    client.id = client_id;
    client.kind = ClientKind::kMetadataDocument;
    if (auto keys = take_keys(document, *methods, client); !keys) {
        return std::unexpected(keys.error());
    }
    return client;
}

}  // namespace gatehouse::oauth
