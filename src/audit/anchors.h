// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain_store.h"
#include "audit/event_log.h"
#include "audit/ingester.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/jwk.h"

namespace gatehouse::audit {

/// The `typ` of an anchor's statement.
inline constexpr std::string_view kAnchorType = "gatehouse-anchor+jwt";

/// Signs where this replica's chain stands, now and then, and hands the statement out: to the
/// store, to a file that somebody may copy away, and as an event. A chain that was written anew
/// cannot match them. One thread; blocks on the store and the disk.
class Anchors {
  public:
    struct Parts {
        Ingester& ingester;
        ChainStore& store;
        EventLog& events;
        std::filesystem::path file;  ///< one JSON object a line
        /// A compact JWS with the gateway's current key.
        std::function<std::string(std::string_view typ, const json::Object& claims)> sign;
        std::function<crypto::KeySet()> public_keys;
        std::function<std::string()> issuer;
        const Clock& clock;
    };

    explicit Anchors(Parts parts) : parts_(std::move(parts)) {}

    /// One anchor, if there is anything new to sign. True when there was.
    [[nodiscard]] Result<bool> make();
    [[nodiscard]] AnchorTrust judge(const StoredAnchor& anchor) const;
    /// What the file holds; no file is no anchor, nor is a line that a crash cut off.
    [[nodiscard]] Result<std::vector<StoredAnchor>> exported() const;

  private:
    [[nodiscard]] Result<void> append(const StoredAnchor& anchor) const;

    Parts parts_;
    std::optional<std::uint64_t> anchored_;  ///< nothing: to be read from the store
};

}  // namespace gatehouse::audit
