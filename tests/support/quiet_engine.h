// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "http/exchange.h"
#include "http/http1_parser.h"
#include "http/upstream.h"

namespace gatehouse::test {

/// A request that can be made again and again, and that allocates nothing when it is answered.
class QuietExchange final : public http::Exchange {
  public:
    /// `head`: the bytes of a request head, blank line included.
    QuietExchange(std::string head, std::string body)
        : bytes_(std::move(head)), body_size_(body.size()) {
        GATEHOUSE_ASSERT(http::parse_request_head(bytes_, parsed_) == http::ParseStatus::kDone);
        body_ = std::move(body) + std::string(64, '\0');
        head_ = {.method = parsed_.method,
                 .target = parsed_.target,
                 .path = parsed_.path,
                 .query = parsed_.query,
                 .host = parsed_.host,
                 .headers = {parsed_.fields.data(), parsed_.field_count},
                 .content_length = parsed_.content_length};
    }

    [[nodiscard]] const http::RequestHead& head() const override { return head_; }

    [[nodiscard]] std::string_view body() const override {
        return std::string_view(body_).substr(0, body_size_);
    }

    [[nodiscard]] std::string_view client_ip() const override { return "192.0.2.1"; }

    [[nodiscard]] bool secure() const override { return true; }

    void retain() override {}

    void release_request() override {}

    void respond(const http::Response& response) override {
        status = response.status;
        answered = response.body.size();
    }

    void start(const http::ResponseHead& head, std::string_view first) override {
        status = head.status;
        fields = head.headers.size();
        answered = first.size();
    }

    WriteState write(std::string_view bytes) override {
        answered += bytes.size();
        return WriteState::kOk;
    }

    void finish() override {}

    void abort() override { status = -1; }

    int status = 0;
    std::size_t fields = 0, answered = 0;

  private:
    std::string bytes_, body_;
    std::size_t body_size_;
    http::ParsedHead parsed_;
    http::RequestHead head_;
};

/// Keeps the last request's listener, for the test to answer; one call at a time.
class QuietUpstreamPool final : public http::UpstreamPool {
  public:
    [[nodiscard]] std::unique_ptr<http::UpstreamCall> send(
        const http::UpstreamRequest& request, http::UpstreamListener& listener) override {
        listener_ = &listener;
        sent = request.head.size() + request.body.size();
        return std::unique_ptr<http::UpstreamCall>(new Running);
    }

    [[nodiscard]] bool is_available() const override { return true; }

    [[nodiscard]] bool is_idle() const override { return true; }

    void answer(const http::UpstreamHead& head, std::string_view body) {
        listener_->on_head(head, body, true);
    }

    void begin(const http::UpstreamHead& head) { listener_->on_head(head, "", false); }

    void more(std::string_view bytes) { listener_->on_body(bytes, false); }

    std::size_t sent = 0;

  private:
    /// Stands where the engine's pooled call objects stand: making one allocates nothing.
    class Running final : public http::UpstreamCall {
      public:
        static void* operator new(std::size_t size) {
            GATEHOUSE_ASSERT(size <= sizeof(Place));
            return place().data();
        }

        static void operator delete(void* /*place*/) {}

        void pause() override {}

        void resume() override {}

      private:
        using Place = std::array<std::byte, 64>;

        static Place& place() {
            alignas(std::max_align_t) static Place place;
            return place;
        }
    };

    http::UpstreamListener* listener_ = nullptr;
};

}  // namespace gatehouse::test
