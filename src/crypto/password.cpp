// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <sodium.h>

#include <array>

#include "base/assert.h"

namespace gatehouse::crypto {

namespace {

void prepare_sodium() {
    static const int outcome = sodium_init();
    GATEHOUSE_ASSERT(outcome >= 0);
}

}  // namespace

std::string hash_password(const Secret& password) {
    prepare_sodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    const auto bytes = password.reveal();
    const int outcome =
        crypto_pwhash_str(hash.data(), bytes.data(), bytes.size(),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    GATEHOUSE_ASSERT(outcome == 0);
    return hash.data();
}

bool verify_password(std::string_view phc_hash, const Secret& password) {
    prepare_sodium();
    if (phc_hash.size() >= crypto_pwhash_STRBYTES || phc_hash.find('\0') != phc_hash.npos) {
        return false;
    }
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    phc_hash.copy(hash.data(), phc_hash.size());
    const auto bytes = password.reveal();
    return crypto_pwhash_str_verify(hash.data(), bytes.data(), bytes.size()) == 0;
}

}  // namespace gatehouse::crypto
