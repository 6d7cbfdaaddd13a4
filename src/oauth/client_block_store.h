// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// Which host of a client counts.
enum class BlockKind {
    kRedirectHost,  ///< where its answers go: `redirect_host` of the URI, with or without the port
    kDocumentHost   ///< of the URL that is its id
};

struct ClientBlock {
    BlockKind kind = BlockKind::kRedirectHost;
    std::string host;  ///< lower case; `*` and `?` match any characters and one
    Timestamp blocked_at;

    [[nodiscard]] bool operator==(const ClientBlock&) const = default;
};

class ClientBlockStore {
  public:
    ClientBlockStore() = default;
    ClientBlockStore(const ClientBlockStore&) = delete;
    ClientBlockStore& operator=(const ClientBlockStore&) = delete;
    ClientBlockStore(ClientBlockStore&&) = delete;
    ClientBlockStore& operator=(ClientBlockStore&&) = delete;
    virtual ~ClientBlockStore() = default;

    /// False when it is there already.
    [[nodiscard]] virtual Result<bool> add(const ClientBlock& block) = 0;
    /// False when there is none.
    [[nodiscard]] virtual Result<bool> remove(BlockKind kind, std::string_view host) = 0;
    /// By kind, then host.
    [[nodiscard]] virtual Result<std::vector<ClientBlock>> list() = 0;
};

}  // namespace gatehouse::oauth
