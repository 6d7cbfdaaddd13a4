// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/file_watch.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "config/config.h"
#include "tls/client_tls.h"
#include "tls/server_tls.h"

namespace gatehouse::app {

/// The certificate that the gateway shows and the authorities that it trusts, from the files that
/// the configuration names. One thread.
class TlsFiles {
  public:
    /// `clock` must outlive it.
    explicit TlsFiles(const Clock& clock);

    /// Reads the files and takes what is in them: all of it, or, with kInvalid or kUnavailable and
    /// the reason, nothing.
    [[nodiscard]] Result<void> apply(const config::Config& config,
                                     const config::Environment& environment);

    /// A file that was read last time has changed since.
    [[nodiscard]] bool changed();

    /// What the last `apply` changed, for the record of the reload; empty when nothing.
    [[nodiscard]] const json::Object& changes() const { return changes_; }

    /// For listeners: knows a certificate, or serves in the clear.
    [[nodiscard]] const std::shared_ptr<tls::ServerTls>& server() const { return server_; }

    /// For runtimes; another one after each change of the authorities.
    [[nodiscard]] const std::shared_ptr<const tls::ClientTls>& client() const { return client_; }

  private:
    std::shared_ptr<tls::ServerTls> server_;
    std::shared_ptr<const tls::ClientTls> client_;
    std::string certificate_, authorities_;  // what was read last
    Secret key_;
    std::vector<FileWatch> watches_;
    json::Object changes_;
};

}  // namespace gatehouse::app
