// SPDX-License-Identifier: Apache-2.0
#include "proxy/tool_watch.h"

#include "base/strings.h"
#include "proxy/in_band.h"
#include "runtimes/tool_reader.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxShown = 256;
constexpr std::size_t kMaxServers = 10'000;
// Lists seldom change; where none is known yet, the first one counts.
constexpr std::chrono::seconds kBetween{30};
constexpr std::chrono::seconds kBetweenSoon{1};
constexpr std::chrono::seconds kSoon{5};

Refusal refuse(const CallFacts& facts,
               std::string text,
               std::optional<std::chrono::seconds> retry) {
    return refuse_in_band(facts, {.reason = "blocked",
                                  .rule = "tool_changes",
                                  .text = std::move(text),
                                  .retry_after = retry});
}

}  // namespace

ToolWatch::ToolWatch(const Parts& parts) : parts_(parts) {
    if (parts.runtimes != nullptr) {
        book_.emplace(*parts.runtimes);
    }
}

const runtimes::Facts* ToolWatch::facts_of(std::string_view server) {
    if (!book_) {
        return nullptr;
    }
    const runtimes::Book& book = book_->get();
    const auto it = book.find(server);
    return it == book.end() ? nullptr : it->second.get();
}

bool ToolWatch::keeps_back(const catalog::Server& server,
                           std::string_view tool,
                           std::string_view entry) {
    if (server.tool_changes != catalog::ToolChanges::kBlockNew) {
        return false;
    }
    const runtimes::Facts* const facts = facts_of(server.name);
    if (facts == nullptr) {
        return true;
    }
    // What was never approved in any shape, and the first list ever, which becomes the measure.
    if (facts->source == runtimes::ToolSource::kNone && facts->approved.empty()) {
        return false;
    }
    const runtimes::Tool* const known = facts->find_tool(tool);
    if (known != nullptr && known->entry == entry) {
        return known->standing != runtimes::Standing::kApproved;
    }
    return !facts->is_approved(tool, runtimes::digest_of_tool(entry));
}

std::optional<Refusal> ToolWatch::refuse_unapproved(const CallFacts& facts) {
    const catalog::Server& server = *facts.route->server;
    if (server.tool_changes != catalog::ToolChanges::kBlockNew) {
        return std::nullopt;
    }
    for (const MessageFacts& message : facts.messages) {
        if (message.method != "tools/call") {
            continue;
        }
        const runtimes::Facts* const known = facts_of(server.name);
        const std::string name = '"' + sanitize_text(message.item, kMaxShown) + '"';
        if (known == nullptr) {
            return refuse(facts,
                          "It is not known yet whether an operator approved the tool " + name +
                              ". Nothing was done. Try again in a few seconds.",
                          kSoon);
        }
        const runtimes::Tool* const tool = known->find_tool(message.item);
        const bool approved = tool != nullptr
                                  ? tool->standing == runtimes::Standing::kApproved
                                  : known->approved.contains(std::string_view(message.item));
        if (!approved) {
            return refuse(facts,
                          "The tool " + name +
                              " is new, or not what it was when an operator approved it. Nothing "
                              "was done. It will work once an operator approves it; trying again "
                              "soon is of no use.",
                          std::nullopt);
        }
    }
    return std::nullopt;
}

bool ToolWatch::wants_list(const std::string& server, SteadyTime now, Found found) {
    if (!parts_.learn_tools) {
        return false;
    }
    const runtimes::Facts* const facts = facts_of(server);
    const bool known = facts != nullptr && facts->source != runtimes::ToolSource::kNone;
    if (learned_.size() > kMaxServers) {
        learned_.clear();
    }
    const auto [it, first] = learned_.try_emplace(server, now);
    const auto between = known && found == Found::kNothing ? kBetween : kBetweenSoon;
    if (!first && now - it->second < between) {
        return false;
    }
    it->second = now;
    return true;
}

void ToolWatch::learn(const std::string& server, std::string_view message) const {
    if (parts_.learn_tools) {
        parts_.learn_tools(server, std::string(message));
    }
}

void ToolWatch::note_change(std::string_view server) const {
    if (parts_.tools_changed) {
        parts_.tools_changed(server);
    }
}

}  // namespace gatehouse::proxy
