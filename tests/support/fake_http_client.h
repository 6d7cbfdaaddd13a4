// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"

namespace gatehouse::test {

/// Answers by URL (without its query) as the test scripted it, and remembers every request. 404
/// for URLs that nobody scripted. Thread-safe; handlers run without a lock held.
class FakeHttpClient final : public http::Client {
  public:
    using Handler = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

    void on(const std::string& url, Handler handler) {
        const std::lock_guard lock(mutex_);
        handlers_[url] = std::move(handler);
    }

    /// Always the same answer.
    void answer(const std::string& url, int status, std::string body) {
        on(url, [status, body = std::move(body)](const auto&) {
            return http::ClientResponse{
                .status = status, .headers = {{"Content-Type", "application/json"}}, .body = body};
        });
    }

    /// Always the same failure.
    void fail_with(const std::string& url, ErrorCode code) {
        on(url, [code](const auto&) { return fail(code, "scripted failure"); });
    }

    Result<http::ClientResponse> send(const http::ClientRequest& request) override {
        Handler handler;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
            if (const auto it = handlers_.find(request.url.substr(0, request.url.find('?')));
                it != handlers_.end()) {
                handler = it->second;
            }
        }
        return handler ? handler(request) : http::ClientResponse{.status = 404};
    }

    [[nodiscard]] std::vector<http::ClientRequest> requests_to(std::string_view url) const {
        const std::lock_guard lock(mutex_);
        std::vector<http::ClientRequest> found;
        std::ranges::copy_if(requests_, std::back_inserter(found), [&](const auto& request) {
            return request.url.substr(0, request.url.find('?')) == url;
        });
        return found;
    }

    [[nodiscard]] std::size_t count(std::string_view url) const { return requests_to(url).size(); }

  private:
    mutable std::mutex mutex_;  // guards the members below
    std::map<std::string, Handler> handlers_;
    std::vector<http::ClientRequest> requests_;
};

}  // namespace gatehouse::test
