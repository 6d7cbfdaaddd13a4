// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kMaxToken = 16UL * 1024;

struct Parts {
    std::string_view signed_bytes;
    std::string_view header, claims, signature;
};

// Details are for the log; what a client reads never says which check failed (requirements A12).
std::unexpected<Error> refuse(ErrorCode code, std::string detail) {
    return fail(code, "the token is not valid", std::move(detail));
}

Result<Parts> split_token(std::string_view token) {
    if (token.size() > kMaxToken) {
        return refuse(ErrorCode::kInvalid, "token too large");
    }
    const auto parts = split(token, '.');
    if (parts.size() != 3) {
        return refuse(ErrorCode::kInvalid, "not three parts");
    }
    return Parts{.signed_bytes = token.substr(0, parts[0].size() + 1 + parts[1].size()),
                 .header = parts[0],
                 .claims = parts[1],
                 .signature = parts[2]};
}

Result<json::Object> decode_object(std::string_view part) {
    const auto text = base64url_decode(part);
    if (!text) {
        return refuse(ErrorCode::kInvalid, "not base64url");
    }
    auto object = json::parse_object(*text);
    if (!object) {
        return refuse(ErrorCode::kInvalid, object.error().message);
    }
    return object;
}

// An absent member is empty; one that is no string makes the token unreadable.
Result<std::string> optional_string(const json::Object& header, std::string_view name) {
    if (!header.contains(name)) {
        return std::string();
    }
    auto value = json::get_string(header, name);
    if (!value) {
        return refuse(ErrorCode::kInvalid, "a header member is not a string");
    }
    return std::move(*value);
}

Result<DecodedJwt> decode_parts(const Parts& parts) {
    auto header = decode_object(parts.header);
    if (!header) {
        return std::unexpected(header.error());
    }
    auto claims = decode_object(parts.claims);
    if (!claims) {
        return std::unexpected(claims.error());
    }
    const auto alg = parse_alg(json::get_string(*header, "alg").value_or(""));
    if (!alg) {
        return refuse(ErrorCode::kInvalid, "alg not allowed");
    }
    if (header->contains("crit")) {
        return refuse(ErrorCode::kInvalid, "critical header members");
    }
    auto kid = optional_string(*header, "kid");
    auto typ = optional_string(*header, "typ");
    if (!kid || !typ) {
        return std::unexpected(kid ? typ.error() : kid.error());
    }
    if (parts.signature.empty() || !base64url_decode(parts.signature)) {
        return refuse(ErrorCode::kInvalid, "no readable signature");
    }
    return DecodedJwt{.header = std::move(*header),
                      .claims = std::move(*claims),
                      .alg = *alg,
                      .kid = std::move(*kid),
                      .typ = std::move(*typ)};
}

bool is_string(const json::Value& value, std::string_view expected) {
    return value.is_string() && std::string_view(value.get_string()) == expected;
}

}  // namespace

std::string sign_jwt(const SigningKey& key, std::string_view typ, const json::Object& claims) {
    const json::Object header{{"alg", alg_name(key.alg())}, {"typ", typ}, {"kid", key.kid()}};
    std::string token =
        base64url_encode(json::dump(header)) + "." + base64url_encode(json::dump(claims));
    const auto signature = key.sign(token);
    return token + "." + base64url_encode(signature);
}

Result<DecodedJwt> decode_jwt(std::string_view token) {
    const auto parts = split_token(token);
    if (!parts) {
        return std::unexpected(parts.error());
    }
    return decode_parts(*parts);
}

Result<VerifiedJwt> verify_jwt(std::string_view token,
                               const KeySet& keys,
                               const std::vector<Alg>& allowed) {
    const auto parts = split_token(token);
    if (!parts) {
        return std::unexpected(parts.error());
    }
    auto decoded = decode_parts(*parts);
    if (!decoded) {
        return std::unexpected(decoded.error());
    }
    if (std::ranges::find(allowed, decoded->alg) == allowed.end()) {
        return refuse(ErrorCode::kUnauthorized, "alg not allowed here");
    }
    const auto candidates = keys.find(decoded->kid, decoded->alg);
    if (candidates.empty()) {
        return refuse(ErrorCode::kUnauthorized, "unknown key");
    }
    const auto signature = base64url_decode(parts->signature).value_or("");
    const bool signed_by_one = std::ranges::any_of(candidates, [&](const PublicKey* key) {
        return key->verify(decoded->alg, parts->signed_bytes, signature);
    });
    if (!signed_by_one) {
        return refuse(ErrorCode::kUnauthorized, "bad signature");
    }
    return VerifiedJwt{.header = std::move(decoded->header), .claims = std::move(decoded->claims)};
}

bool has_sole_audience(const json::Object& claims, std::string_view audience) {
    const auto* aud = claims.if_contains("aud");
    if (aud == nullptr) {
        return false;
    }
    if (aud->is_array()) {
        return aud->get_array().size() == 1 && is_string(aud->get_array().front(), audience);
    }
    return is_string(*aud, audience);
}

bool has_audience(const json::Object& claims, std::string_view audience) {
    const auto* aud = claims.if_contains("aud");
    if (aud == nullptr) {
        return false;
    }
    if (aud->is_array()) {
        return std::ranges::any_of(aud->get_array(),
                                   [&](const auto& value) { return is_string(value, audience); });
    }
    return is_string(*aud, audience);
}

}  // namespace gatehouse::crypto
