// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"
#include "crypto/sealer.h"

namespace gatehouse::oauth {

inline constexpr std::chrono::seconds kPushedRequestLife{60};

struct PushedRequest {
    FormFields parameters;
    /// Of the only transaction that may come of it: that of a second one exists already (D28).
    std::string transaction_id;
};

/// Authorization requests that clients pushed ahead (RFC 9126). The request_uri is the sealed
/// request itself: pushing writes nothing, and every replica can read it. Thread-safe.
class PushedRequests {
  public:
    explicit PushedRequests(crypto::Sealer sealer) : sealer_(std::move(sealer)) {}

    /// True for what looks like a request_uri of ours; any other is nobody's business to fetch.
    [[nodiscard]] static bool is_one(std::string_view request_uri);
    /// The request_uri for these parameters of this client at this issuer.
    [[nodiscard]] std::string push(const FormFields& parameters,
                                   std::string_view origin,
                                   std::string_view client_id,
                                   Timestamp now) const;
    /// kNotFound for anything that `push` did not make for this issuer and client, or that is over.
    [[nodiscard]] Result<PushedRequest> open(std::string_view request_uri,
                                             std::string_view origin,
                                             std::string_view client_id,
                                             Timestamp now) const;

  private:
    crypto::Sealer sealer_;
};

}  // namespace gatehouse::oauth
