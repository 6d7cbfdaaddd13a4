// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "catalog/catalog.h"
#include "oauth/cimd_clients.h"
#include "oauth/client.h"
#include "oauth/client_blocks.h"
#include "oauth/client_store.h"
#include "oauth/sealed_client.h"

namespace gatehouse::oauth {

/// Every client of this gateway: pre-registered ones from the catalog, those that a URL names from
/// their metadata documents, dynamic ones from their sealed ids; none that an operator disabled or
/// whose hosts are blocked.
/// A document is fetched only where some server of the origin takes clients of its host.
/// Thread-safe. What it is given must outlive it.
class Clients final : public ClientDirectory {
  public:
    Clients(const catalog::LiveCatalog& catalog,
            const SealedClients& sealed,
            CimdClients& documents,
            ClientStore& store,
            const ClientBlocks& blocks)
        : catalog_(catalog),
          sealed_(sealed),
          documents_(documents),
          store_(store),
          blocks_(blocks) {}

    [[nodiscard]] Result<Client> find(std::string_view origin, std::string_view client_id) override;

  private:
    [[nodiscard]] Result<Client> find_any(std::string_view origin, std::string_view client_id);
    [[nodiscard]] Result<Client> find_document(std::string_view origin,
                                               std::string_view client_id,
                                               const std::optional<KnownClient>& known);

    const catalog::LiveCatalog& catalog_;
    const SealedClients& sealed_;
    CimdClients& documents_;
    ClientStore& store_;
    const ClientBlocks& blocks_;
};

/// The client of this id that the configuration of this origin's servers defines.
[[nodiscard]] std::optional<Client> find_preregistered(const catalog::Catalog& catalog,
                                                       std::string_view origin,
                                                       std::string_view id);

}  // namespace gatehouse::oauth
