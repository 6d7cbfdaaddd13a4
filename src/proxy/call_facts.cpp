// SPDX-License-Identifier: Apache-2.0
#include "proxy/call_facts.h"

#include <algorithm>

namespace gatehouse::proxy {
namespace {

// More than this is not kept for a call that may never need it.
constexpr std::size_t kKeptText = 2048;
constexpr std::size_t kKeptMessages = 4;

// Assigning an empty text would keep the memory.
void give_back(std::string& text) {
    std::string().swap(text);
}

void reuse(std::string& text) {
    if (text.capacity() > kKeptText) {
        give_back(text);
    } else {
        text.clear();
    }
}

}  // namespace

MessageFacts& MessageList::add() {
    if (size_ == kept_.size()) {
        kept_.emplace_back();
    }
    return kept_[size_++];
}

void MessageList::clear() {
    if (kept_.size() > kKeptMessages) {
        kept_.clear();
        kept_.shrink_to_fit();
    }
    for (MessageFacts& message : kept_) {
        message.kind = mcp::MessageKind::kRequest;
        message.item_kind = policy::ItemKind::kNone;
        message.arguments_at = message.arguments_size = 0;
        message.odd_arguments = message.refused = false;
        message.decision = {};
        for (std::string* const text :
             {&message.method, &message.item, &message.id, &message.arguments}) {
            reuse(*text);
        }
    }
    size_ = 0;
}

void MessageList::forget_contents() {
    kept_.resize(size_);
    for (MessageFacts& message : kept_) {
        give_back(message.method);
        give_back(message.item);
        give_back(message.arguments);
    }
    kept_.shrink_to_fit();
}

std::size_t MessageList::requests() const {
    return static_cast<std::size_t>(std::count_if(begin(), end(), [](const auto& message) {
        return message.kind == mcp::MessageKind::kRequest && !message.refused;
    }));
}

void CallFacts::clear() {
    routes.reset();
    route = nullptr;
    caller.reset();
    service.reset();
    reuse(page);
    reuse(public_path);
    public_origin = accept = {};
    reuse(http_method);
    if (texts != nullptr) {
        reuse(texts->software);
        reuse(texts->error);
        reuse(texts->result);
    }
    verb = Verb::kPost;
    continues_trace = batch = initialize = url_elicitation = false;
    messages.clear();
    revision.reset();
    session.reset();
    retry.reset();
    give_back(body);
}

RecordedTexts& CallFacts::recorded() {
    if (texts == nullptr) {
        texts = std::make_unique<RecordedTexts>();
    }
    return *texts;
}

void CallFacts::forget_request() {
    texts.reset();
    retry.reset();
    give_back(body);
    messages.forget_contents();
    give_back(page);
    give_back(public_path);
    session.reset();
}

}  // namespace gatehouse::proxy
