// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace gatehouse::crypto {

/// argon2id in PHC string form (libsodium's interactive limits). Takes tens of milliseconds and
/// 64 MiB: never on an event loop.
[[nodiscard]] std::string hash_password(const Secret& password);
/// False for a wrong password and for a hash that cannot be read.
[[nodiscard]] bool verify_password(std::string_view phc_hash, const Secret& password);

}  // namespace gatehouse::crypto
