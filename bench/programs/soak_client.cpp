// SPDX-License-Identifier: Apache-2.0
#include "soak_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "sockets.h"

namespace gatehouse::bench {
namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return text;
}

std::string broken_off(std::uint64_t call) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32603,"message":"The runtime broke off"}}}})",
        call);
}

}  // namespace

std::vector<Caller> read_callers(const std::string& path) {
    std::ifstream file(path);
    std::vector<Caller> callers;
    for (Caller caller; file >> caller.email >> caller.token >> caller.session;) {
        callers.push_back(caller);
    }
    if (callers.empty()) {
        die("no callers");
    }
    return callers;
}

std::string request_for(const Asked& asked, const Caller& caller, std::uint16_t port) {
    const std::string common = fmt::format(
        "Host: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\nMcp-Session-Id: {}\r\n"
        "MCP-Protocol-Version: 2025-06-18\r\nUser-Agent: soak/1.0\r\n"
        "Traceparent: 00-{:032x}-00f067aa0ba902b7-01\r\n",
        port, caller.token, caller.session, asked.call + 1);
    if (asked.kind == Kind::kStream) {
        return "GET /full/mcp HTTP/1.1\r\n" + common + "Accept: text/event-stream\r\n\r\n";
    }
    const std::string body = fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{{"city":"Paris","days":3}},"_meta":{{"progressToken":{}}}}}}})",
        asked.call, kTools[static_cast<std::size_t>(asked.kind)], asked.call);
    return "POST /full/mcp HTTP/1.1\r\n" + common +
           fmt::format(
               "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
               "Content-Length: {}\r\n\r\n{}",
               body.size(), body);
}

void Answer::expect(const Asked& asked, const Caller& caller) {
    asked_ = asked;
    email_ = caller.email;
    head_.clear();
    raw_.clear();
    text_.clear();
    length_.reset();
    status_ = 0;
    notices_ = 0;
    begun_ = false;
}

Answer::State Answer::fail(std::string_view what) {
    wrong_ = fmt::format("call {} ({}) of {}: {}; status {}, head {:?}, rest {:?} {:?}",
                         asked_.call, kTools[static_cast<std::size_t>(asked_.kind)], email_, what,
                         status_, head_.substr(0, 600), text_.substr(0, 600), raw_.substr(0, 600));
    return State::kWrong;
}

Answer::State Answer::take(std::string_view bytes) {
    raw_ += bytes;
    begun_ = true;
    if (head_.empty()) {
        const auto end = raw_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return State::kMore;
        }
        head_ = lower_case(raw_.substr(0, end + 2));
        raw_.erase(0, end + 4);
        if (const auto state = take_head(); state != State::kMore) {
            return state;
        }
    }
    return length_ ? take_whole() : take_chunked();
}

Answer::State Answer::take_head() {
    if (!head_.starts_with("http/1.1 ")) {
        return fail("no HTTP");
    }
    status_ = static_cast<int>(number(std::string_view(head_).substr(9, 3)));
    if (const auto length = between(head_, "\r\ncontent-length: ", "\r\n"); !length.empty()) {
        length_ = number(length);
    } else if (head_.find("\r\ntransfer-encoding: chunked\r\n") == std::string::npos) {
        return fail("an answer without end");
    }
    if (between(head_, "\r\nx-request-id: ", "\r\n").empty()) {
        return fail("no request id");
    }
    if (status_ != 200 && status_ != 502 && status_ != 503) {
        return fail("status");
    }
    // Events that are all there when the answer begins may come with a length.
    return status_ == 200 && asked_.kind < Kind::kEvents && !length_
               ? fail("the form of the answer")
               : State::kMore;
}

Answer::State Answer::take_whole() {
    if (raw_.size() < *length_) {
        return State::kMore;
    }
    if (raw_.size() > *length_) {
        return fail("more than the answer");
    }
    if (status_ != 200) {
        return State::kUnreachable;
    }
    if (asked_.kind >= Kind::kEvents) {
        return judge_events(raw_);
    }
    return raw_ == result_of(asked_.call, email_) ? State::kComplete : fail("the result");
}

Answer::State Answer::take_chunked() {
    const bool last = take_chunks(raw_, text_);
    if (asked_.kind == Kind::kEvents) {
        if (!last) {
            return State::kMore;
        }
        return raw_.empty() ? judge_events(text_) : fail("more than the answer");
    }
    for (auto end = text_.find("\n\n"); end != std::string::npos; end = text_.find("\n\n")) {
        const std::string event = without_comments(std::string_view(text_).substr(0, end + 2));
        if (!event.empty() && event != as_event(notice_of(notices_++, email_))) {
            return fail("an event of the stream");
        }
        text_.erase(0, end + 2);
    }
    // The runtime never ends a stream.
    return last ? State::kUnreachable : State::kMore;
}

Answer::State Answer::judge_events(std::string_view events) {
    const std::string came = without_comments(events);
    std::string expected;
    for (int index = 0; index < 3; ++index) {
        // The gateway's own last word when the runtime dies in the middle.
        if (came == expected + as_event(broken_off(asked_.call))) {
            return State::kUnreachable;
        }
        expected +=
            as_event(index < 2 ? progress_of(asked_.call, index) : result_of(asked_.call, email_));
    }
    return came == expected ? State::kComplete : fail("the events");
}

}  // namespace gatehouse::bench
