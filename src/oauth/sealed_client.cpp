// SPDX-License-Identifier: Apache-2.0
#include "oauth/sealed_client.h"

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/random.h"

namespace gatehouse::oauth {
namespace {

constexpr std::int64_t kFormat = 1;

// Member names are one letter long because the id travels in every authorization URL.
json::Object to_compact(const Client& client) {
    json::Object o;
    o["v"] = kFormat;
    o["r"] = json::to_array(client.redirect_uris);
    if (!client.name.empty()) {
        o["n"] = client.name;
    }
    if (!client.client_uri.empty()) {
        o["u"] = client.client_uri;
    }
    if (client.grant_types != Client{}.grant_types) {
        o["g"] = json::to_array(client.grant_types);
    }
    if (client.auth_method != "none") {
        o["m"] = client.auth_method;
    }
    if (!client.secret_digest.empty()) {
        o["h"] = client.secret_digest;
    }
    if (!client.jwks.empty()) {
        o["k"] = client.jwks;
    }
    if (!client.jwks_uri.empty()) {
        o["j"] = client.jwks_uri;
    }
    if (client.application_type != "native") {
        o["t"] = client.application_type;
    }
    o["x"] = crypto::random_token(9);
    return o;
}

std::optional<Client> from_compact(const json::Object& o) {
    if (json::get_int(o, "v") != kFormat) {
        return std::nullopt;
    }
    const auto redirect_uris = json::get_strings(o, "r");
    if (!redirect_uris) {
        return std::nullopt;
    }
    Client client{.kind = ClientKind::kDynamic, .redirect_uris = *redirect_uris};
    client.name = json::get_string(o, "n").value_or("");
    client.client_uri = json::get_string(o, "u").value_or("");
    client.grant_types = json::get_strings(o, "g").value_or(client.grant_types);
    client.auth_method = json::get_string(o, "m").value_or(client.auth_method);
    client.secret_digest = json::get_string(o, "h").value_or("");
    client.jwks = json::get_string(o, "k").value_or("");
    client.jwks_uri = json::get_string(o, "j").value_or("");
    client.application_type = json::get_string(o, "t").value_or(client.application_type);
    const bool has_proof =
        !client.secret_digest.empty() || !client.jwks.empty() || !client.jwks_uri.empty();
    if (client.auth_method != "none" && !has_proof) {
        return std::nullopt;
    }
    return client;
}

}  // namespace

Result<std::string> SealedClients::seal(const Client& client, std::string_view origin) const {
    std::string id(kSealedClientPrefix);
    id += base64url_encode(sealer_.seal(json::dump(to_compact(client)), origin));
    if (id.size() > kMaxClientIdBytes) {
        return fail(ErrorCode::kTooLarge, "the registration is too large");
    }
    return id;
}

Result<Client> SealedClients::open(std::string_view id, std::string_view origin) const {
    const auto unknown = fail(ErrorCode::kNotFound, "unknown client");
    if (!id.starts_with(kSealedClientPrefix) || id.size() > kMaxClientIdBytes) {
        return unknown;
    }
    const auto box = base64url_decode(id.substr(kSealedClientPrefix.size()));
    if (!box) {
        return unknown;
    }
    const auto plain = sealer_.open(*box, origin);
    if (!plain) {
        return unknown;
    }
    const auto compact = json::parse_object(plain->reveal());
    if (!compact) {
        return unknown;
    }
    auto client = from_compact(*compact);
    if (!client) {
        return unknown;
    }
    client->id = std::string(id);
    return *std::move(client);
}

}  // namespace gatehouse::oauth
