// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http1_exchange.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "http/header_id.h"
#include "http/internal/byte_buffer.h"
#include "http/internal/server_connection.h"

namespace gatehouse::http::internal {

void Http1Exchange::attach(ServerConnection& connection, std::string_view client_ip) {
    connection_ = &connection;
    client_ip_ = client_ip;
    secure_ = connection.secure();
}

void Http1Exchange::set_head(const ParsedHead& parsed,
                             std::string_view bytes,
                             std::string_view host) {
    head_ = {.method = parsed.method,
             .target = parsed.target,
             .path = parsed.path,
             .query = parsed.query,
             .host = host.empty() ? parsed.host : host,
             .headers = {parsed.fields.data(), parsed.field_count},
             .content_length = parsed.content_length,
             .chunked = parsed.chunked,
             .duplicate_single_header = parsed.duplicate_single_header};
    head_bytes_ = bytes;
    head_only_ = parsed.method == "HEAD";
    minor_version_ = parsed.minor_version;
    retained_ = false;
}

void Http1Exchange::drop_views() {
    if (!retained_) {
        head_ = {};
        head_bytes_ = body_ = {};
    }
}

void Http1Exchange::reset() {
    on_closed = nullptr;
    on_drained = nullptr;
    connection_ = nullptr;
    retained_ = started_ = false;
    drop_views();
    kept_fields_.clear();
    kept_bytes_.reset();
}

void Http1Exchange::retain() {
    if (retained_) {
        return;
    }
    retained_ = true;
    const auto size = head_bytes_.size() + body_.size();
    kept_bytes_.reset(new char[size + ByteBuffer::kPadding]);
    char* const bytes = kept_bytes_.get();
    std::memcpy(bytes, head_bytes_.data(), head_bytes_.size());
    if (!body_.empty()) {
        std::memcpy(bytes + head_bytes_.size(), body_.data(), body_.size());
    }
    std::memset(bytes + size, 0, ByteBuffer::kPadding);
    const auto moved = [&](std::string_view view) {
        return view.data() == nullptr
                   ? view
                   : std::string_view(bytes + (view.data() - head_bytes_.data()), view.size());
    };
    kept_fields_.assign(head_.headers.begin(), head_.headers.end());
    for (auto& field : kept_fields_) {
        field.name = moved(field.name);
        field.value = moved(field.value);
    }
    head_.headers = kept_fields_;
    for (auto* const view :
         {&head_.method, &head_.target, &head_.path, &head_.query, &head_.host}) {
        *view = moved(*view);
    }
    head_bytes_ = {bytes, head_bytes_.size()};
    body_ = {bytes + head_bytes_.size(), body_.size()};
}

void Http1Exchange::release_request() {
    head_ = {};
    head_bytes_ = body_ = {};
    kept_fields_ = {};
    kept_bytes_.reset();
    retained_ = true;  // there is nothing left to move
}

void Http1Exchange::end_head(ResponseHeadWriter& writer, int status, std::int64_t length) {
    started_ = true;
    const bool bodiless = status == 204 || status == 304;
    if (head_only_ || bodiless) {
        framing_ = BodyFraming::kNone;
    } else if (length >= 0) {
        framing_ = BodyFraming::kLength;
        left_ = static_cast<std::uint64_t>(length);
    } else {
        framing_ = minor_version_ == 1 ? BodyFraming::kChunked : BodyFraming::kUntilClose;
    }
    if (framing_ == BodyFraming::kUntilClose) {
        connection_->close_after_response();
    }
    writer.end(framing_, bodiless ? -1 : length, connection_->persistence(),
               connection_->http_date());
}

void Http1Exchange::respond(const Response& response) {
    if (connection_ == nullptr) {
        return;
    }
    GATEHOUSE_ASSERT(!started_);
    auto& out = connection_->head_buffer();
    ResponseHeadWriter writer(out, response.status);
    for (const auto& field : response.headers) {
        writer.add(field.name, field.value, header_id(field.name));
    }
    end_head(writer, response.status, static_cast<std::int64_t>(response.body.size()));
    (void)send_body(out, response.body);
    finish();
}

void Http1Exchange::start(const ResponseHead& head, std::string_view first) {
    if (connection_ == nullptr) {
        return;
    }
    GATEHOUSE_ASSERT(!started_);
    auto& out = connection_->head_buffer();
    ResponseHeadWriter writer(out, head.status);
    for (const auto& field : head.headers) {
        writer.add(field.name, field.value, field.id);
    }
    end_head(writer, head.status, head.content_length);
    (void)send_body(out, first);
}

Exchange::WriteState Http1Exchange::write(std::string_view bytes) {
    if (connection_ == nullptr) {
        return WriteState::kClosed;
    }
    GATEHOUSE_ASSERT(started_);
    return send_body({}, bytes);
}

Exchange::WriteState Http1Exchange::send_body(std::string_view head, std::string_view bytes) {
    if (framing_ == BodyFraming::kNone) {
        bytes = {};
    }
    if (framing_ == BodyFraming::kLength) {
        if (bytes.size() > left_) {
            // More than was promised: the message can only be cut.
            abort();
            return WriteState::kClosed;
        }
        left_ -= bytes.size();
    }
    if (framing_ != BodyFraming::kChunked || bytes.empty()) {
        const std::array parts{head, bytes};
        return connection_->send(parts);
    }
    std::array<char, 18> size{};
    auto* const end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    const std::array parts{
        head, std::string_view(size.data(), static_cast<std::size_t>(end + 2 - size.data())), bytes,
        std::string_view("\r\n")};
    return connection_->send(parts);
}

void Http1Exchange::finish() {
    if (connection_ == nullptr) {
        return;
    }
    GATEHOUSE_ASSERT(started_);
    if (framing_ == BodyFraming::kLength && left_ > 0) {
        abort();
        return;
    }
    if (framing_ == BodyFraming::kChunked) {
        const std::array parts{std::string_view("0\r\n\r\n")};
        (void)connection_->send(parts);
    }
    connection_->response_finished();
}

void Http1Exchange::abort() {
    if (connection_ == nullptr) {
        return;
    }
    // Only with neither a length nor chunks does a plain end look like a good one.
    const bool needs_reset = started_ && framing_ == BodyFraming::kUntilClose;
    connection_->cut(needs_reset ? CutStyle::kReset : CutStyle::kEnd);
}

}  // namespace gatehouse::http::internal
