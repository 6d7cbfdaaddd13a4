// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/exchange.h"
#include "http/http1_parser.h"
#include "http/internal/response_head.h"

namespace gatehouse::http::internal {

class ServerConnection;

/// The Exchange of HTTP/1. Belongs to its connection until the response is finished, then to the
/// server's pool; never reused within the turn in which it ended.
class Http1Exchange final : public Exchange {
  public:
    void attach(ServerConnection& connection, std::string_view client_ip);
    /// The views follow the bytes when those move.
    void set_head(const ParsedHead& parsed, std::string_view bytes, std::string_view host);

    void set_body(std::string_view body) { body_ = body; }

    /// on_request returned: what was not retained must not be read any more.
    void drop_views();

    /// No bytes can go out any more; on_closed may still have to be told.
    void detach() { connection_ = nullptr; }

    /// Ready for the next request.
    void reset();

    [[nodiscard]] const RequestHead& head() const override { return head_; }

    [[nodiscard]] std::string_view body() const override { return body_; }

    [[nodiscard]] std::string_view client_ip() const override { return client_ip_; }

    [[nodiscard]] bool secure() const override { return secure_; }

    void retain() override;
    void release_request() override;
    void respond(const Response& response) override;
    void start(const ResponseHead& head, std::string_view first) override;
    WriteState write(std::string_view bytes) override;
    void finish() override;
    void abort() override;

    [[nodiscard]] bool started() const { return started_; }

  private:
    /// Decides framing and persistence, and ends the head that is in the connection's buffer.
    void end_head(ResponseHeadWriter& writer, int status, std::int64_t length);
    WriteState send_body(std::string_view head, std::string_view bytes);

    ServerConnection* connection_ = nullptr;
    RequestHead head_;
    std::string_view head_bytes_, body_;
    std::string client_ip_;
    std::vector<HeaderView> kept_fields_;
    std::unique_ptr<char[]> kept_bytes_;
    std::uint64_t left_ = 0;  // of a body with a length
    int minor_version_ = 1;
    BodyFraming framing_ = BodyFraming::kNone;
    bool secure_ = false, started_ = false, head_only_ = false, retained_ = false;
};

}  // namespace gatehouse::http::internal
