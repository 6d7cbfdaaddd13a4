// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_document.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/strings.h"
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

/// C24: whether `none` will do.
Result<void> check_auth_method(const json::Object& document) {
    const auto* named = document.if_contains(kMethod);
    const std::string method = json::get_string(document, kMethod).value_or("");
    if (named != nullptr && !named->is_string()) {
        return refuse_document("token_endpoint_auth_method must be a string");
    }
    if (std::ranges::find(kSymmetric, method) != kSymmetric.end()) {
        return refuse_document("token_endpoint_auth_method must not need a shared secret");
    }
    if (document.contains(kMethods)) {
        const auto methods = json::get_strings(document, kMethods);
        if (!methods) {
            return refuse_document(std::string(kMethods) + " must be an array of strings");
        }
        if (contains(*methods, "none")) {
            return {};
        }
        if (method.empty()) {
            return refuse_document(std::string(kMethods) + " must have none");
        }
    }
    if (!method.empty() && method != "none") {
        return refuse_document(
            "it asks for a token_endpoint_auth_method that is not offered here; none is, also as "
            "one of several in token_endpoint_auth_methods_supported");
    }
    return {};
}

}  // namespace

Result<Client> read_client_document(json::Object document, std::string_view client_id) {
    if (auto identity = check_identity(document, client_id); !identity) {
        return std::unexpected(identity.error());
    }
    if (auto method = check_auth_method(document); !method) {
        return std::unexpected(method.error());
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
    return client;
}

}  // namespace gatehouse::oauth
