// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "http/header_id.h"
#include "http/upstream.h"

namespace gatehouse::test {

/// Keeps what it is asked to send; the test answers.
class FakeUpstreamPool final : public http::UpstreamPool {
  public:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    struct Sent {
        std::string head, body;
        http::UpstreamListener* listener = nullptr;
        bool cancelled = false, paused = false;

        [[nodiscard]] std::string request_line() const { return head.substr(0, head.find("\r\n")); }

        [[nodiscard]] Fields fields() const {
            Fields fields;
            std::istringstream lines(head);
            std::string line;
            std::getline(lines, line);
            while (std::getline(lines, line) && line != "\r") {
                line.pop_back();
                const auto colon = line.find(": ");
                fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
            }
            return fields;
        }

        /// All values of one field, comma separated: two show as two.
        [[nodiscard]] std::string field(std::string_view name) const {
            std::vector<std::string> values;
            for (const auto& [key, value] : fields()) {
                if (iequals(key, name)) {
                    values.push_back(value);
                }
            }
            return join(values, ",");
        }

        void answer(int status, const Fields& fields, std::string_view text, bool complete = true) {
            std::vector<http::HeaderView> views;
            for (const auto& [name, value] : fields) {
                views.push_back({.name = name, .value = value, .id = http::header_id(name)});
            }
            listener->on_head({.status = status, .headers = views}, text, complete);
        }

        void more(std::string_view text, bool complete = false) {
            listener->on_body(text, complete);
        }

        void fail(http::UpstreamError error) { listener->on_error(error); }
    };

    [[nodiscard]] std::unique_ptr<http::UpstreamCall> send(
        const http::UpstreamRequest& request, http::UpstreamListener& listener) override {
        sent.push_back(std::make_shared<Sent>(Sent{.head = std::string(request.head),
                                                   .body = std::string(request.body),
                                                   .listener = &listener}));
        return std::make_unique<Running>(sent.back());
    }

    [[nodiscard]] bool is_available() const override { return available; }

    [[nodiscard]] bool is_idle() const override {
        return std::ranges::all_of(sent, [](const auto& one) { return one->cancelled; });
    }

    Sent& last() { return *sent.back(); }

    bool available = true;
    std::vector<std::shared_ptr<Sent>> sent;

  private:
    class Running final : public http::UpstreamCall {
      public:
        explicit Running(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}

        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        Running(Running&&) = delete;
        Running& operator=(Running&&) = delete;

        ~Running() override { sent_->cancelled = true; }

        void pause() override { sent_->paused = true; }

        void resume() override { sent_->paused = false; }

      private:
        std::shared_ptr<Sent> sent_;
    };
};

}  // namespace gatehouse::test
