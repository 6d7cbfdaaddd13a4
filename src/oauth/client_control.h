// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "oauth/client_store.h"
#include "oauth/sealed_client.h"
#include "oauth/trust_publisher.h"

namespace gatehouse::oauth {

/// What an operator does to single clients, on every origin that knows them. Thread-safe; blocks
/// on the store.
class ClientControl {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        const SealedClients& sealed_clients;
        ClientStore& store;
        TrustPublisher& trust;
        const Clock& clock;
    };

    explicit ClientControl(const Needs& needs) : needs_(needs) {}

    /// The client is unknown from the next request on, and its connections and tokens end. Also for
    /// one that nobody approved yet; kNotFound for an id that can be no client's here. How many
    /// connections ended.
    [[nodiscard]] Result<std::size_t> disable(std::string_view id);
    /// It may authorize again. kNotFound for one that was never disabled.
    [[nodiscard]] Result<void> enable(std::string_view id);
    /// Ends its connections and forgets that somebody approved it. kNotFound for one that nobody
    /// did, kConflict for a disabled one.
    [[nodiscard]] Result<std::size_t> forget(std::string_view id);

  private:
    [[nodiscard]] Result<bool> disable_at(std::string_view origin, std::string_view id);
    [[nodiscard]] std::optional<Client> recognize(std::string_view origin, std::string_view id);

    Needs needs_;
};

}  // namespace gatehouse::oauth
