// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policy/facts.h"

namespace gatehouse::policy {

/// Says of each listed item whether its reader may see it.
class ListJudge {
  public:
    ListJudge() = default;
    ListJudge(const ListJudge&) = delete;
    ListJudge& operator=(const ListJudge&) = delete;
    ListJudge(ListJudge&&) = delete;
    ListJudge& operator=(ListJudge&&) = delete;
    virtual ~ListJudge() = default;

    /// `hints` are those of the entry itself, MCP's defaults where it has none.
    [[nodiscard]] virtual bool hides(ItemKind kind, std::string_view name, const Hints& hints) = 0;

    /// As `hides`, by the whole JSON of the entry.
    [[nodiscard]] virtual bool hides_entry(ItemKind /*kind*/,
                                           std::string_view /*name*/,
                                           std::string_view /*entry*/) {
        return false;
    }
};

enum class Filtered : std::uint8_t {
    kUnchanged,
    kChanged,
    kDropped,     ///< nothing of the message is for its reader
    kUnreadable,  ///< nobody can say what it holds: it must not go out
};

/// Takes out of a runtime's message what its reader must not see: entries of the lists of tools,
/// prompts, resources and templates, wherever a result has one; notifications about resources; and
/// what repeats the name of such an entry elsewhere in the result. What is kept keeps its bytes;
/// cursors stay. A `cacheScope` other than private becomes private, because the next reader may see
/// another list (requirements H70, H74). One thread; reused.
class ListFilter {
  public:
    ListFilter();
    ~ListFilter();
    ListFilter(const ListFilter&) = delete;
    ListFilter& operator=(const ListFilter&) = delete;
    ListFilter(ListFilter&&) = delete;
    ListFilter& operator=(ListFilter&&) = delete;

    /// `out` gets the new text with kChanged.
    [[nodiscard]] Filtered filter(std::string_view json, ListJudge& judge, std::string& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gatehouse::policy
