// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "http/exchange.h"
#include "http/header_id.h"

namespace gatehouse::test {

/// A request given as text, and what was answered to it.
class FakeExchange final : public http::Exchange {
  public:
    enum class End { kOpen, kFinished, kAborted };

    struct Given {
        std::string method = "POST";
        std::string target = "/todo/mcp";
        std::string host = "mcp.example.com";
        std::vector<std::pair<std::string, std::string>> headers;
        std::string body;
    };

    explicit FakeExchange(Given given) : given_(std::move(given)) {
        padded_ = given_.body + std::string(64, '\0');
        for (const auto& [name, value] : given_.headers) {
            views_.push_back({.name = name, .value = value, .id = http::header_id(name)});
        }
        const std::string_view target(given_.target);
        const auto mark = target.find('?');
        head_ = {.method = given_.method,
                 .target = target,
                 .path = target.substr(0, mark),
                 .query = mark == std::string_view::npos ? "" : target.substr(mark + 1),
                 .host = given_.host,
                 .headers = views_,
                 .content_length = static_cast<std::int64_t>(given_.body.size())};
    }

    [[nodiscard]] const http::RequestHead& head() const override { return head_; }

    http::RequestHead& mutable_head() { return head_; }

    [[nodiscard]] std::string_view body() const override {
        return std::string_view(padded_).substr(0, given_.body.size());
    }

    [[nodiscard]] std::string_view client_ip() const override { return "192.0.2.1"; }

    [[nodiscard]] bool secure() const override { return true; }

    void retain() override { retained = true; }

    void release_request() override {
        released = true;
        head_ = {};
        given_ = {};
        padded_.clear();
    }

    void respond(const http::Response& response) override {
        status = response.status;
        for (const auto& header : response.headers) {
            headers.emplace_back(header.name, header.value);
        }
        body_out = response.body;
        end = End::kFinished;
    }

    void start(const http::ResponseHead& head, std::string_view first) override {
        status = head.status;
        content_length = head.content_length;
        for (const auto& header : head.headers) {
            headers.emplace_back(header.name, header.value);
        }
        body_out += first;
        ++writes;
    }

    WriteState write(std::string_view bytes) override {
        body_out += bytes;
        ++writes;
        return full ? WriteState::kFull : WriteState::kOk;
    }

    void finish() override { end = End::kFinished; }

    void abort() override { end = End::kAborted; }

    /// The client goes away.
    void leave() {
        if (const auto closed = std::exchange(on_closed, {})) {
            closed();
        }
    }

    [[nodiscard]] std::string header(std::string_view name) const {
        const auto it = std::ranges::find_if(
            headers, [&](const auto& field) { return iequals(field.first, name); });
        return it == headers.end() ? "" : it->second;
    }

    int status = 0;
    std::int64_t content_length = -1;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body_out;
    int writes = 0;
    bool full = false, retained = false, released = false;
    End end = End::kOpen;

  private:
    Given given_;
    std::string padded_;
    std::vector<http::HeaderView> views_;
    http::RequestHead head_;
};

}  // namespace gatehouse::test
