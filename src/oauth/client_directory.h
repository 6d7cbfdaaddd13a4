// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "catalog/catalog.h"
#include "oauth/client.h"
#include "oauth/client_store.h"
#include "oauth/sealed_client.h"

namespace gatehouse::oauth {

/// Every client of this gateway: pre-registered ones from the catalog, dynamic ones from their
/// sealed ids; none that an operator disabled. Thread-safe. What it is given must outlive it.
class Clients final : public ClientDirectory {
  public:
    Clients(const catalog::LiveCatalog& catalog, const SealedClients& sealed, ClientStore& store)
        : catalog_(catalog), sealed_(sealed), store_(store) {}

    [[nodiscard]] Result<Client> find(std::string_view origin, std::string_view client_id) override;

  private:
    const catalog::LiveCatalog& catalog_;
    const SealedClients& sealed_;
    ClientStore& store_;
};

}  // namespace gatehouse::oauth
