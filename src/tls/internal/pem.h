// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "tls/internal/openssl.h"

namespace gatehouse::tls::internal {

/// Every certificate of a PEM text, at least one. kInvalid otherwise.
[[nodiscard]] Result<std::vector<CertificatePtr>> parse_certificates(std::string_view pem);

/// An unencrypted private key. kInvalid says what is wrong with it.
[[nodiscard]] Result<KeyPtr> parse_key(const Secret& pem);

}  // namespace gatehouse::tls::internal
