// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/exchange.h"

namespace gatehouse::http::internal {

enum class BodyFraming : std::uint8_t {
    kNone,  ///< no body may follow: HEAD, 204, 304
    kLength,
    kChunked,
    kUntilClose
};

enum class Persistence : std::uint8_t { kKeepAlive, kClose };

/// Builds a response head in a buffer that is used again and again.
class ResponseHeadWriter {
  public:
    ResponseHeadWriter(std::string& out, int status);

    /// Leaves out what is the engine's own business and, with a warning, what could end the field.
    void add(std::string_view name, std::string_view value, HeaderId id);

    /// `length` below 0: no Content-Length. The date is added unless the fields held one.
    void end(BodyFraming framing,
             std::int64_t length,
             Persistence persistence,
             std::string_view date);

  private:
    std::string& out_;
    bool dated_ = false;
};

/// IMF-fixdate (RFC 9110 §5.6.7).
[[nodiscard]] std::string format_http_date(Timestamp time);

}  // namespace gatehouse::http::internal
