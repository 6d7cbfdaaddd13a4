// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "proxy/call_facts.h"
#include "proxy/parts.h"
#include "runtimes/facts.h"

namespace gatehouse::proxy {

/// What one loop knows of the runtimes' tools, and what it tells of them. Never blocks.
class ToolWatch {
  public:
    explicit ToolWatch(const Parts& parts);

    /// Null: nothing is known. Valid until the next call.
    [[nodiscard]] const runtimes::Facts* facts_of(std::string_view server);

    /// A listed tool that its users must not see, because no operator approved it as it is.
    [[nodiscard]] bool keeps_back(const catalog::Server& server,
                                  std::string_view tool,
                                  std::string_view entry);
    /// A call of such a tool is refused visibly (tool_changes: block_new).
    [[nodiscard]] std::optional<Refusal> refuse_unapproved(const CallFacts& facts);

    enum class Found : std::uint8_t { kNothing, kKeptBack };

    /// True when the answer to a tools/list is worth looking at: not each of them is. One with
    /// tools that are kept back is of more interest.
    [[nodiscard]] bool wants_list(const std::string& server,
                                  SteadyTime now,
                                  Found found = Found::kNothing);
    /// Hands a list that a user was shown to a worker.
    void learn(const std::string& server, std::string_view message) const;
    /// The runtime says that its tools changed.
    void note_change(std::string_view server) const;

  private:
    const Parts& parts_;
    std::optional<LiveReader<runtimes::Book>> book_;
    std::map<std::string, SteadyTime, std::less<>> learned_;  ///< by server
};

}  // namespace gatehouse::proxy
