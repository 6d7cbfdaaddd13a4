// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/live.h"
#include "base/result.h"
#include "budget/pause_store.h"

namespace gatehouse::budget {

/// Everything that is paused, as loops look it up.
class PauseSet {
  public:
    PauseSet() = default;
    explicit PauseSet(const std::vector<Pause>& pauses);

    [[nodiscard]] bool is_empty() const { return items_.empty(); }

    [[nodiscard]] bool has_server(std::string_view server) const { return has("server", server); }

    [[nodiscard]] bool has_tool(std::string_view server, std::string_view tool) const;

    [[nodiscard]] bool has_user(std::string_view id) const { return has("user", id); }

    [[nodiscard]] bool has_client(std::string_view id) const { return has("client", id); }

    [[nodiscard]] bool operator==(const PauseSet&) const = default;

  private:
    [[nodiscard]] bool has(std::string_view kind, std::string_view name) const;

    std::unordered_set<std::string> items_;
};

using LivePauses = Live<PauseSet>;

/// What an operator stops and lets go on (contract.md §11). Thread-safe; all but `live` blocks.
class Pauses {
  public:
    Pauses(PauseStore& store, const Clock& clock);

    [[nodiscard]] const LivePauses& live() const { return live_; }

    /// Takes over what the store says, also from other replicas.
    [[nodiscard]] Result<void> refresh();
    /// In effect when this returns. False when it was paused already.
    [[nodiscard]] Result<bool> pause(Pause pause);
    /// False when it was not paused.
    [[nodiscard]] Result<bool> resume(std::string_view kind, std::string_view name);

    [[nodiscard]] Result<std::vector<Pause>> list() { return store_.list(); }

  private:
    PauseStore& store_;
    const Clock& clock_;
    std::mutex mutex_;  // one refresh at a time, so that an older view never replaces a newer
    LivePauses live_;
};

}  // namespace gatehouse::budget
