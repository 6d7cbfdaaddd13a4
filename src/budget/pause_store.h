// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::budget {

/// One thing that an operator stopped.
struct Pause {
    std::string kind;   ///< server, tool, user or client
    std::string name;   ///< the server's name, SERVER/TOOL, or an id
    std::string label;  ///< for people
    Timestamp paused_at;
};

/// Thread-safe; calls block.
class PauseStore {
  public:
    PauseStore() = default;
    PauseStore(const PauseStore&) = delete;
    PauseStore& operator=(const PauseStore&) = delete;
    PauseStore(PauseStore&&) = delete;
    PauseStore& operator=(PauseStore&&) = delete;
    virtual ~PauseStore() = default;

    /// False when it was paused already; then nothing changes.
    [[nodiscard]] virtual Result<bool> add(const Pause& pause) = 0;
    /// False when it was not paused.
    [[nodiscard]] virtual Result<bool> remove(std::string_view kind, std::string_view name) = 0;
    /// By kind and name.
    [[nodiscard]] virtual Result<std::vector<Pause>> list() = 0;
};

}  // namespace gatehouse::budget
