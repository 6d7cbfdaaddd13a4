// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "tls/internal/openssl.h"

namespace gatehouse::tls::internal {

/// What seals session tickets: one set for all loops and for every certificate that follows. A key
/// seals for kRotateEvery and opens for as long again. Thread-safe.
class TicketKeys {
  public:
    static constexpr std::chrono::hours kRotateEvery{12};
    static constexpr std::size_t kNameBytes = 16;

    struct Key {
        std::string name;
        Secret cipher, mac;  // 32 bytes each
        SteadyTime made;
    };

    explicit TicketKeys(const Clock& clock) : clock_(clock) {}

    [[nodiscard]] Key sealing();
    /// None: the ticket is foreign or too old, and a full handshake follows.
    [[nodiscard]] std::optional<Key> opening(std::string_view name);

    /// Makes `context` use these keys, which must outlive it and its connections.
    [[nodiscard]] bool serve(SSL_CTX* context);

  private:
    /// The key that seals now. Needs mutex_.
    [[nodiscard]] Key& current();

    const Clock& clock_;
    std::mutex mutex_;  // guards both keys
    std::optional<Key> current_, previous_;
};

}  // namespace gatehouse::tls::internal
