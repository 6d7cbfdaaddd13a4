// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "http/exchange.h"
#include "http/message.h"

namespace gatehouse::test {

/// Answers "<method> <path> <body>" unless told otherwise.
class TestApplication final : public http::Application {
  public:
    http::HeadVerdict on_head(http::Exchange& exchange) override {
        ++heads;
        return judge ? judge(exchange) : http::HeadVerdict{.max_body = 1 << 20};
    }

    void on_request(http::Exchange& exchange) override {
        ++requests;
        if (serve) {
            serve(exchange);
            return;
        }
        const auto& head = exchange.head();
        exchange.respond(http::text_response(200, std::string(head.method) + " " +
                                                      std::string(head.target) + " " +
                                                      std::string(exchange.body())));
    }

    std::function<http::HeadVerdict(http::Exchange&)> judge;
    std::function<void(http::Exchange&)> serve;
    int heads = 0, requests = 0;
};

}  // namespace gatehouse::test
