// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "http/client.h"

namespace gatehouse::test {

/// Gives prepared answers in order and keeps what it was asked.
class ScriptedClient final : public http::Client {
  public:
    Result<http::ClientResponse> send(const http::ClientRequest& request) override {
        requests.push_back(request);
        if (answers.empty()) {
            ADD_FAILURE() << "unexpected request " << request.method << " " << request.url;
            return fail(ErrorCode::kInternal, "no answer is prepared");
        }
        auto answer = std::move(answers.front());
        answers.pop_front();
        return answer;
    }

    void answer(int status, std::string body) {
        answers.emplace_back(
            http::ClientResponse{.status = status, .headers = {}, .body = std::move(body)});
    }

    std::deque<Result<http::ClientResponse>> answers;
    std::vector<http::ClientRequest> requests;
};

}  // namespace gatehouse::test
