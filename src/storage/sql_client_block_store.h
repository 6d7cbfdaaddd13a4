// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/client_block_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

class SqlClientBlockStore final : public oauth::ClientBlockStore {
  public:
    explicit SqlClientBlockStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<bool> add(const oauth::ClientBlock& block) override;
    [[nodiscard]] Result<bool> remove(oauth::BlockKind kind, std::string_view host) override;
    [[nodiscard]] Result<std::vector<oauth::ClientBlock>> list() override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
