// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <array>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/internal/key.h"

namespace gatehouse::crypto {

namespace {

using internal::bytes_of;
using internal::Owned;

constexpr std::size_t kMaxKeys = 100;

struct NamedAlg {
    std::string_view name;
    Alg alg;
};

constexpr std::array kAlgs{NamedAlg{"ES256", Alg::kEs256}, NamedAlg{"ES384", Alg::kEs384},
                           NamedAlg{"RS256", Alg::kRs256}, NamedAlg{"PS256", Alg::kPs256},
                           NamedAlg{"EdDSA", Alg::kEdDsa}};

struct FreeParams {
    void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }

    void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
};

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeParams>;

std::unexpected<Error> refuse(std::string_view reason) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalid, "unusable key: " + std::string(reason));
}

bool suits(KeyType type, Alg alg) {
    switch (type) {
        case KeyType::kP256:
            return alg == Alg::kEs256;
        case KeyType::kP384:
            return alg == Alg::kEs384;
        case KeyType::kRsa:
            return alg == Alg::kRs256 || alg == Alg::kPs256;
        case KeyType::kEd25519:
            return alg == Alg::kEdDsa;
    }
    return false;
}

std::optional<Alg> sole_alg(KeyType type) {
    switch (type) {
        case KeyType::kP256:
            return Alg::kEs256;
        case KeyType::kP384:
            return Alg::kEs384;
        case KeyType::kEd25519:
            return Alg::kEdDsa;
        case KeyType::kRsa:
            break;
    }
    return std::nullopt;
}

std::optional<std::string> bytes_member(const json::Object& jwk, std::string_view name) {
    const auto text = json::get_string(jwk, name);
    return text ? base64url_decode(*text) : std::nullopt;
}

Owned<EVP_PKEY> build_key(const char* algorithm, OSSL_PARAM_BLD* builder) {
    const std::unique_ptr<OSSL_PARAM, FreeParams> params(OSSL_PARAM_BLD_to_param(builder));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return nullptr;
    }
    Owned<EVP_PKEY> built(key);
    const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!check || EVP_PKEY_public_check_quick(check.get()) != 1) {
        return nullptr;
    }
    return built;
}

Result<void> read_ec(const json::Object& jwk, std::string_view curve, PublicKey::Impl& impl) {
    const bool p256 = curve == "P-256";
    if (!p256 && curve != "P-384") {
        return refuse("unknown curve");
    }
    const std::size_t part = p256 ? 32 : 48;
    const auto x = bytes_member(jwk, "x");
    const auto y = bytes_member(jwk, "y");
    if (!x || !y || x->size() != part || y->size() != part) {
        return refuse("bad coordinates");
    }
    const std::string point = '\x04' + *x + *y;
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    const char* group = p256 ? "prime256v1" : "secp384r1";
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return refuse("bad point");
    }
    impl.key = build_key("EC", builder.get());
    if (!impl.key) {
        return refuse("the point is not on the curve");
    }
    impl.type = p256 ? KeyType::kP256 : KeyType::kP384;
    impl.x = base64url_encode(*x);
    impl.y = base64url_encode(*y);
    return {};
}

Result<void> read_rsa(const json::Object& jwk, PublicKey::Impl& impl) {
    const auto n = bytes_member(jwk, "n");
    const auto e = bytes_member(jwk, "e");
    // the size first, before OpenSSL works on it
    if (!n || !e || n->size() < 256 || n->size() > 1024 || e->empty() || e->size() > 8 ||
        n->front() == '\0' || e->front() == '\0') {
        return refuse("bad modulus or exponent");
    }
    const Owned<BIGNUM> modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
    const Owned<BIGNUM> exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder || BN_num_bits(modulus.get()) < 2048 ||
        !BN_is_odd(modulus.get()) || !BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) {
        return refuse("bad modulus or exponent");
    }
    if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return refuse("bad modulus or exponent");
    }
    impl.key = build_key("RSA", builder.get());
    if (!impl.key) {
        return refuse("bad modulus or exponent");
    }
    impl.type = KeyType::kRsa;
    impl.n = base64url_encode(*n);
    impl.e = base64url_encode(*e);
    return {};
}

Result<void> read_okp(const json::Object& jwk, std::string_view curve, PublicKey::Impl& impl) {
    const auto x = bytes_member(jwk, "x");
    if (curve != "Ed25519" || !x || x->size() != 32) {
        return refuse("not an Ed25519 key");
    }
    impl.key.reset(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(*x), x->size()));
    if (!impl.key) {
        return refuse("not an Ed25519 key");
    }
    impl.type = KeyType::kEd25519;
    impl.x = base64url_encode(*x);
    return {};
}

Result<void> read_material(const json::Object& jwk, PublicKey::Impl& impl) {
    const auto type = json::get_string(jwk, "kty").value_or("");
    const auto curve = json::get_string(jwk, "crv").value_or("");
    if (type == "EC") {
        return read_ec(jwk, curve, impl);
    }
    if (type == "RSA") {
        return read_rsa(jwk, impl);
    }
    return type == "OKP" ? read_okp(jwk, curve, impl) : refuse("unknown type");
}

// Members that say what the key is for must be readable and must allow verifying.
Result<void> read_purpose(const json::Object& jwk, PublicKey::Impl& impl) {
    if (jwk.contains("use") && json::get_string(jwk, "use") != "sig") {
        return refuse("not for signatures");
    }
    if (jwk.contains("key_ops")) {
        const auto operations = json::get_strings(jwk, "key_ops");
        if (!operations || !contains(*operations, "verify")) {
            return refuse("not for verifying");
        }
    }
    impl.only = sole_alg(impl.type);
    if (jwk.contains("alg")) {
        impl.only = parse_alg(json::get_string(jwk, "alg").value_or(""));
        if (!impl.only || !suits(impl.type, *impl.only)) {
            return refuse("its alg does not fit");
        }
    }
    if (jwk.contains("kid") && !json::get_string(jwk, "kid")) {
        return refuse("kid is not a string");
    }
    impl.kid = json::get_string(jwk, "kid").value_or("");
    return {};
}

std::string_view curve_name(KeyType type) {
    if (type == KeyType::kEd25519) {
        return "Ed25519";
    }
    return type == KeyType::kP256 ? "P-256" : "P-384";
}

// The members that RFC 7638 hashes, in its order.
json::Object required_members(const PublicKey::Impl& impl) {
    switch (impl.type) {
        case KeyType::kRsa:
            return {{"e", impl.e}, {"kty", "RSA"}, {"n", impl.n}};
        case KeyType::kEd25519:
            return {{"crv", curve_name(impl.type)}, {"kty", "OKP"}, {"x", impl.x}};
        case KeyType::kP256:
        case KeyType::kP384:
            break;
    }
    return {{"crv", curve_name(impl.type)}, {"kty", "EC"}, {"x", impl.x}, {"y", impl.y}};
}

std::optional<std::string> number_of(EVP_PKEY* key, const char* name, std::size_t pad_to) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
        return std::nullopt;
    }
    const Owned<BIGNUM> number(raw);
    const auto size = std::max(pad_to, static_cast<std::size_t>(BN_num_bytes(raw)));
    std::string bytes(size, '\0');
    if (BN_bn2binpad(raw, bytes_of(bytes), static_cast<int>(size)) != static_cast<int>(size)) {
        return std::nullopt;
    }
    return base64url_encode(bytes);
}

}  // namespace

std::optional<Alg> parse_alg(std::string_view name) {
    for (const auto& known : kAlgs) {
        if (known.name == name) {
            return known.alg;
        }
    }
    return std::nullopt;
}

std::string_view alg_name(Alg alg) {
    for (const auto& known : kAlgs) {
        if (known.alg == alg) {
            return known.name;
        }
    }
    return "";
}

Result<PublicKey> PublicKey::from_jwk(const json::Object& jwk) {
    for (const auto* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
        if (jwk.contains(name)) {
            return refuse("it has private members");
        }
    }
    auto impl = std::make_shared<Impl>();
    if (auto read = read_material(jwk, *impl); !read) {
        return std::unexpected(read.error());
    }
    if (auto read = read_purpose(jwk, *impl); !read) {
        return std::unexpected(read.error());
    }
    return PublicKey(std::move(impl));
}

const std::string& PublicKey::kid() const {
    return impl_->kid;
}

bool PublicKey::allows(Alg alg) const {
    return impl_->only ? *impl_->only == alg : suits(impl_->type, alg);
}

bool PublicKey::verify(Alg alg, std::string_view signed_bytes, std::string_view signature) const {
    if (!allows(alg)) {
        return false;
    }
    std::string expected_form(signature);
    if (const auto part = internal::ecdsa_part_size(alg); part != 0) {
        auto der = internal::ecdsa_to_der(signature, part);
        if (!der) {
            return false;
        }
        expected_form = std::move(*der);
    }
    const auto context = internal::start(alg, impl_->key.get(), internal::Direction::kVerify);
    const bool good =
        context &&
        EVP_DigestVerify(context.get(), bytes_of(std::string_view(expected_form)),
                         expected_form.size(), bytes_of(signed_bytes), signed_bytes.size()) == 1;
    ERR_clear_error();
    return good;
}

json::Object PublicKey::to_jwk() const {
    auto jwk = required_members(*impl_);
    if (!impl_->kid.empty()) {
        jwk["kid"] = impl_->kid;
    }
    jwk["use"] = "sig";
    if (impl_->only) {
        jwk["alg"] = alg_name(*impl_->only);
    }
    return jwk;
}

std::string PublicKey::thumbprint() const {
    return base64url_encode(sha256(json::dump(required_members(*impl_))));
}

Result<KeySet> KeySet::from_json(const json::Object& jwks) {
    const auto* list = jwks.if_contains("keys");
    if (list == nullptr || !list->is_array()) {
        return fail(ErrorCode::kInvalid, "a key set needs an array of keys");
    }
    if (list->get_array().size() > kMaxKeys) {
        return fail(ErrorCode::kInvalid, "a key set has at most 100 keys");
    }
    KeySet set;
    for (const auto& element : list->get_array()) {
        if (!element.is_object()) {
            continue;
        }
        if (auto key = PublicKey::from_jwk(element.get_object())) {
            set.keys.push_back(std::move(*key));
        }
    }
    return set;
}

std::vector<const PublicKey*> KeySet::find(std::string_view kid, Alg alg) const {
    std::vector<const PublicKey*> found;
    for (const auto& key : keys) {
        if (key.allows(alg) && (kid.empty() || key.kid() == kid)) {
            found.push_back(&key);
        }
    }
    return found;
}

namespace internal {

Result<std::shared_ptr<const PublicKey::Impl>> describe_public_key(EVP_PKEY* key, Alg alg) {
    json::Object jwk;
    if (alg == Alg::kEs256) {
        const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        if (!x || !y) {
            return refuse("no public half");
        }
        jwk = {{"kty", "EC"}, {"crv", "P-256"}, {"x", *x}, {"y", *y}};
    } else {
        const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N, 0);
        const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E, 0);
        if (!n || !e) {
            return refuse("no public half");
        }
        jwk = {{"kty", "RSA"}, {"n", *n}, {"e", *e}};
    }
    auto impl = std::make_shared<PublicKey::Impl>();
    if (auto read = read_material(jwk, *impl); !read) {
        return std::unexpected(read.error());
    }
    impl->only = alg;
    impl->kid = base64url_encode(sha256(json::dump(required_members(*impl))));
    return impl;
}

}  // namespace internal

}  // namespace gatehouse::crypto
