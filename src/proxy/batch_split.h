// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/call_facts.h"

namespace gatehouse::proxy {

/// A batch of which only some messages run (requirements H41).
struct BatchSplit {
    std::string body;                  ///< the others, each with the bytes that it came with
    std::vector<std::string> answers;  ///< JSON texts, to the requests that do not run
};

/// `body` is a batch that was read strictly, with mcp::kPadding readable bytes behind it, and
/// `messages` are its messages. Null when it cannot be taken apart.
[[nodiscard]] std::unique_ptr<BatchSplit> split_batch(std::string_view body,
                                                      const MessageList& messages,
                                                      std::vector<std::string> answers);

/// A runtime's JSON answer with ours among it: one array. `body` may be empty, one answer or an
/// array of them.
[[nodiscard]] std::string join_answers(const std::vector<std::string>& answers,
                                       std::string_view body);
/// The answers as events.
[[nodiscard]] std::string answer_events(const std::vector<std::string>& answers);

}  // namespace gatehouse::proxy
