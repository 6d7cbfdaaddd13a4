// SPDX-License-Identifier: Apache-2.0
// uses: crypto
#include "crypto/jwt.h"

#include <cstddef>
#include <cstdint>

#include "base/assert.h"

using namespace gatehouse;

namespace {

const std::vector<crypto::Alg> kAll{crypto::Alg::kEs256, crypto::Alg::kEs384, crypto::Alg::kRs256,
                                    crypto::Alg::kPs256, crypto::Alg::kEdDsa};

const crypto::KeySet& our_keys() {
    static const crypto::KeySet keys{.keys = {crypto::SigningKey::generate().public_key()}};
    return keys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)crypto::decode_jwt(text);
    GATEHOUSE_ASSERT(!crypto::verify_jwt(text, our_keys(), kAll));
    if (const auto object = json::parse_object(text)) {
        (void)crypto::KeySet::from_json(*object);
        if (const auto key = crypto::PublicKey::from_jwk(*object)) {
            const auto again = crypto::PublicKey::from_jwk(key->to_jwk());
            GATEHOUSE_ASSERT(again && again->thumbprint() == key->thumbprint());
        }
    }
    return 0;
}
