// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/upstream.h"

namespace gatehouse::test {

struct Heard {
    [[nodiscard]] bool ended() const { return done || error.has_value(); }

    int heads = 0, status = 0;
    std::int64_t length = -2;
    std::string type, body;
    std::size_t pieces = 0;
    bool done = false;
    std::optional<http::UpstreamError> error;
};

/// Writes down what it is told.
class Answer final : public http::UpstreamListener, public Heard {
  public:
    void on_head(const http::UpstreamHead& head, std::string_view bytes, bool complete) override {
        ++heads;
        status = head.status;
        length = head.content_length;
        type = head.get(http::HeaderId::kContentType);
        take(bytes, complete);
    }

    void on_body(std::string_view bytes, bool complete) override { take(bytes, complete); }

    void on_error(http::UpstreamError what) override {
        EXPECT_FALSE(ended());
        error = what;
    }

    std::function<void()> on_piece;

  private:
    void take(std::string_view bytes, bool complete) {
        EXPECT_FALSE(ended());
        body += bytes;
        ++pieces;
        done = complete;
        if (on_piece) {
            on_piece();
        }
    }
};

}  // namespace gatehouse::test
