// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_stream.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <array>
#include <vector>

#include "base/assert.h"
#include "base/strings.h"
#include "http/header_id.h"
#include "http/internal/http2_connection.h"
#include "telemetry/log.h"

namespace gatehouse::http::internal {

namespace {

const RequestHead kNoHead;
constexpr std::array<char, ByteBuffer::kPadding> kNoBody{};

/// The fields of an answer as the library wants them. The memory belongs to the thread.
class FieldList {
  public:
    explicit FieldList(int status) : scratch_(scratch()) {
        scratch_.bytes.clear();
        scratch_.places.clear();
        const fmt::format_int digits(status);
        put(":status", {digits.data(), digits.size()}, NGHTTP2_NV_FLAG_NONE);
    }

    /// Leaves out what is the engine's own business and, with a warning, what could end the field.
    void add(std::string_view name, std::string_view value, HeaderId id) {
        if (is_framing_field(id)) {
            return;
        }
        if (!is_field_name(name) || !is_field_value(value)) {
            telemetry::warn("http", "left out a response field that is not well formed");
            return;
        }
        dated_ |= id == HeaderId::kDate;
        // What is secret must not lie in a table that other requests could probe.
        const bool secret = id == HeaderId::kSetCookie || id == HeaderId::kMcpSessionId ||
                            id == HeaderId::kLocation;
        put(name, trim(value), secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
    }

    /// `length` below 0: none is told.
    std::span<const nghttp2_nv> end(std::int64_t length, std::string_view date) {
        if (!dated_) {
            put("date", date, NGHTTP2_NV_FLAG_NONE);
        }
        if (length >= 0) {
            const fmt::format_int digits(length);
            put("content-length", {digits.data(), digits.size()}, NGHTTP2_NV_FLAG_NONE);
        }
        auto& fields = scratch_.fields;
        fields.clear();
        auto* at = reinterpret_cast<std::uint8_t*>(scratch_.bytes.data());
        for (const auto& place : scratch_.places) {
            fields.push_back({.name = at,
                              .value = at + place.name,
                              .namelen = place.name,
                              .valuelen = place.value,
                              .flags = place.flags});
            at += place.name + place.value;
        }
        return fields;
    }

  private:
    struct Place {
        std::size_t name, value;
        std::uint8_t flags;
    };

    struct Scratch {
        std::string bytes;
        std::vector<Place> places;
        std::vector<nghttp2_nv> fields;
    };

    static Scratch& scratch() {
        thread_local Scratch mine;
        return mine;
    }

    void put(std::string_view name, std::string_view value, int flags) {
        for (const char c : name) {
            scratch_.bytes += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        }
        scratch_.bytes += value;
        scratch_.places.push_back({.name = name.size(),
                                   .value = value.size(),
                                   .flags = static_cast<std::uint8_t>(flags)});
    }

    Scratch& scratch_;
    bool dated_ = false;
};

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, std::int32_t id, std::size_t max_head)
    : connection_(&connection),
      id_(id),
      gathered_(std::make_unique<Http2Head>(max_head)),
      secure_(connection.secure()) {}

const RequestHead& Http2Stream::head() const {
    return gathered_ == nullptr ? kNoHead : gathered_->head();
}

std::string_view Http2Stream::body() const {
    return request_body_.empty() ? std::string_view(kNoBody.data(), 0) : request_body_.view();
}

void Http2Stream::release_request() {
    retained_ = true;  // there is nothing left to let go
    gathered_.reset();
    if (connection_ != nullptr) {
        connection_->drop_request(request_body_.size());
    }
    request_body_.clear();
}

void Http2Stream::tell_closed() {
    if (phase == Phase::kAnswered) {
        return;
    }
    phase = Phase::kAnswered;
    if (const auto closed = std::move(on_closed)) {
        closed();
    }
}

void Http2Stream::send_head(const ResponseHead& head, Http2Body body) {
    started_ = true;
    const bool empty_status = head.status == 204 || head.status == 304;
    bodiless_ = empty_status || head_only;
    has_length_ = head.content_length >= 0;
    left_ = has_length_ ? static_cast<std::uint64_t>(head.content_length) : 0;
    FieldList list(head.status);
    for (const auto& field : head.headers) {
        list.add(field.name, field.value, field.id);
    }
    const auto fields = list.end(empty_status ? -1 : head.content_length, connection_->http_date());
    connection_->submit_head(*this, fields, bodiless_ ? Http2Body::kNone : body);
}

void Http2Stream::respond(const Response& response) {
    if (open()) {
        GATEHOUSE_ASSERT(!started_);
        send_response(response);
        finish();
    }
}

void Http2Stream::refuse(const Response& response) {
    if (connection_ != nullptr) {
        send_response(response);
        ended_ = true;
        connection_->body_ended(*this);
    }
}

void Http2Stream::send_response(const Response& response) {
    std::vector<HeaderView> headers;
    headers.reserve(response.headers.size());
    for (const auto& field : response.headers) {
        headers.push_back({.name = field.name, .value = field.value, .id = header_id(field.name)});
    }
    send_head({.status = response.status,
               .headers = headers,
               .content_length = static_cast<std::int64_t>(response.body.size())},
              response.body.empty() ? Http2Body::kNone : Http2Body::kFollows);
    (void)send_body(response.body);
}

void Http2Stream::start(const ResponseHead& head, std::string_view first) {
    if (!open()) {
        return;
    }
    GATEHOUSE_ASSERT(!started_);
    send_head(head, Http2Body::kFollows);
    (void)send_body(first);
}

Exchange::WriteState Http2Stream::write(std::string_view bytes) {
    if (!open()) {
        return WriteState::kClosed;
    }
    GATEHOUSE_ASSERT(started_);
    return send_body(bytes);
}

Exchange::WriteState Http2Stream::send_body(std::string_view bytes) {
    if (bodiless_) {
        return WriteState::kOk;
    }
    if (has_length_) {
        if (bytes.size() > left_) {
            // More than was promised: the message can only be cut.
            abort();
            return WriteState::kClosed;
        }
        left_ -= bytes.size();
    }
    out_.append(bytes);
    return connection_->queued(*this, bytes.size());
}

void Http2Stream::finish() {
    if (!open()) {
        return;
    }
    GATEHOUSE_ASSERT(started_);
    if (has_length_ && !bodiless_ && left_ > 0) {
        abort();
        return;
    }
    phase = Phase::kAnswered;
    ended_ = true;
    connection_->body_ended(*this);
}

void Http2Stream::abort() {
    if (!open()) {
        return;
    }
    phase = Phase::kAnswered;
    ours_to_end = true;
    cut_ = true;
    connection_->body_ended(*this);
}

}  // namespace gatehouse::http::internal
