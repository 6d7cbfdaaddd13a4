// SPDX-License-Identifier: Apache-2.0
#include "proxy/batch_split.h"

#include "mcp/batch.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim_json(std::string_view text) {
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::unique_ptr<BatchSplit> split_batch(std::string_view body,
                                        const MessageList& messages,
                                        std::vector<std::string> answers) {
    const auto texts = mcp::split_batch(body);
    if (texts.size() != messages.size()) {
        return nullptr;
    }
    auto split = std::make_unique<BatchSplit>();
    split->body = "[";
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (!messages[i].refused) {
            split->body += split->body.size() == 1 ? "" : ",";
            split->body += texts[i];
        }
    }
    split->body += ']';
    split->answers = std::move(answers);
    return split;
}

std::string join_answers(const std::vector<std::string>& answers, std::string_view body) {
    body = trim_json(body);
    if (body.starts_with('[') && body.ends_with(']')) {
        body = trim_json(body.substr(1, body.size() - 2));
    }
    std::string joined = "[";
    for (const std::string& answer : answers) {
        joined += joined.size() == 1 ? "" : ",";
        joined += answer;
    }
    if (!body.empty()) {
        joined += joined.size() == 1 ? "" : ",";
        joined += body;
    }
    return joined + "]";
}

std::string answer_events(const std::vector<std::string>& answers) {
    std::string events;
    for (const std::string& answer : answers) {
        events += "event: message\ndata: ";
        events += answer;
        events += "\n\n";
    }
    return events;
}

}  // namespace gatehouse::proxy
