// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/connect_link_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Thread-safe as far as the database is.
class SqlConnectLinkStore final : public oauth::ConnectLinkStore {
  public:
    explicit SqlConnectLinkStore(Database& database) : database_(database) {}

    Result<bool> use(std::string_view digest, Timestamp expires_at, Timestamp now) override;
    Result<bool> is_used(std::string_view digest) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
