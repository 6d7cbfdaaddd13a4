// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/downstream_client_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Dynamic registrations of the gateway in SQL. `database` must outlive it.
class SqlDownstreamClientStore final : public grants::DownstreamClientStore {
  public:
    explicit SqlDownstreamClientStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> insert(const grants::DownstreamClient& client) override;
    [[nodiscard]] Result<grants::DownstreamClient> find(std::string_view generation) override;
    [[nodiscard]] Result<grants::DownstreamClient> newest(std::string_view profile,
                                                          std::string_view fingerprint) override;
    [[nodiscard]] Result<void> retire(std::string_view generation) override;
    [[nodiscard]] Result<std::vector<grants::DownstreamClient>> list() override;
    [[nodiscard]] Result<void> reseal(std::string_view generation,
                                      std::string_view sealed) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
