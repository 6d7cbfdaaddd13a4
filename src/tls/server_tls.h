// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/live.h"
#include "base/result.h"
#include "base/secret.h"
#include "tls/session.h"

namespace gatehouse::tls {

namespace internal {
struct ServerContext;
class TicketKeys;
}  // namespace internal

/// What a certificate says of itself, for logs and records.
struct CertificateFacts {
    std::string names;        ///< its DNS names and addresses, or its subject
    std::string fingerprint;  ///< SHA-256 of the certificate, lower-case hex
    Timestamp not_after;
};

/// The server side of TLS for all loops: TLS 1.2 and 1.3, resumption by tickets that every loop
/// opens. Without a certificate it serves nothing. Thread-safe.
class ServerTls {
  public:
    explicit ServerTls(const Clock& clock);
    ServerTls(const ServerTls&) = delete;
    ServerTls& operator=(const ServerTls&) = delete;
    ServerTls(ServerTls&&) = delete;
    ServerTls& operator=(ServerTls&&) = delete;
    ~ServerTls();

    /// New connections get this certificate (the leaf first, then its chain); running ones keep
    /// theirs. kInvalid says what is wrong, and the certificate before stays. An expired one is
    /// taken, with a warning in the log.
    [[nodiscard]] Result<CertificateFacts> use(std::string_view certificate_pem,
                                               const Secret& key_pem);
    /// New connections are served in the clear.
    void disable();

    /// The server side of a connection that was just accepted; null without a certificate, or
    /// without memory.
    [[nodiscard]] std::unique_ptr<Session> accept(int fd) const;
    [[nodiscard]] bool enabled() const;

  private:
    const Clock& clock_;
    std::shared_ptr<internal::TicketKeys> tickets_;
    Live<internal::ServerContext> context_;
};

}  // namespace gatehouse::tls
