// SPDX-License-Identifier: Apache-2.0
#include "http/upstream_pool.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.h"
#include "http/internal/upstream_connection.h"
#include "telemetry/log.h"

namespace gatehouse::http {

namespace {

using internal::Breaker;
using internal::Opening;
using internal::UpstreamCallHandle;
using internal::UpstreamConnection;

constexpr std::chrono::seconds kSweepEvery{1};
/// Every call to a runtime with a bad certificate fails alike: one line in a while is enough.
constexpr std::chrono::seconds kQuietAfterWarning{10};

internal::BreakerOptions breaker_options(const UpstreamOptions& options) {
    return {.failures = options.failures_until_pause,
            .first_pause = options.first_pause,
            .longest_pause = options.longest_pause};
}

class Pool final : public UpstreamPool, public internal::UpstreamOwner {
  public:
    Pool(net::EventLoop& loop, UpstreamTarget target, UpstreamOptions options)
        : loop_(loop),
          target_(std::move(target)),
          options_(options),
          breaker_(breaker_options(options), options.jitter_seed),
          turn_end_(loop, [this] { end_turn(); }) {
        GATEHOUSE_ASSERT(!target_.addresses.empty());
    }

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    Pool(Pool&&) = delete;
    Pool& operator=(Pool&&) = delete;

    ~Pool() override {
        ending_ = true;
        while (!connections_.empty()) {
            connections_.back()->kill();
        }
    }

    [[nodiscard]] std::unique_ptr<UpstreamCall> send(const UpstreamRequest& request,
                                                     UpstreamListener& listener) override {
        auto call = std::make_unique<UpstreamCallHandle>();
        while (!idle_.empty()) {
            auto* const connection = idle_.back();
            idle_.pop_back();
            if (connection->reuse(request, listener, *call)) {
                return call;
            }
        }
        connections_.push_back(std::make_unique<UpstreamConnection>(*this));
        auto& connection = *connections_.back();
        connection.index = connections_.size() - 1;
        connection.hold(request, listener, *call);
        schedule_sweep();
        if (!admits()) {
            connection.refuse();
        } else if (may_open()) {
            open(connection);
        } else if (has_room_for(connection.held_bytes())) {
            held_.push_back(&connection);
            held_bytes_ += connection.held_bytes();
        } else {
            connection.refuse();
        }
        return call;
    }

    [[nodiscard]] bool is_available() const override {
        return !idle_.empty() || (admits() && (may_open() || has_room_for(0)));
    }

    [[nodiscard]] bool is_idle() const override {
        return std::ranges::none_of(connections_,
                                    [](const auto& connection) { return connection->has_call(); });
    }

  private:
    [[nodiscard]] net::EventLoop& loop() override { return loop_; }

    [[nodiscard]] const UpstreamTarget& target() const override { return target_; }

    [[nodiscard]] const UpstreamOptions& options() const override { return options_; }

    [[nodiscard]] ParsedHead& parsed() override { return *parsed_; }

    [[nodiscard]] bool admits() const { return breaker_.admits(loop_.now()); }

    [[nodiscard]] bool may_open() const { return opening_ < options_.max_connecting; }

    [[nodiscard]] bool has_room_for(std::size_t bytes) const {
        return held_.size() < options_.max_waiting &&
               held_bytes_ + bytes <= options_.max_waiting_bytes;
    }

    void open(UpstreamConnection& connection) {
        ++opening_;
        connection.open(breaker_.begin());
    }

    UpstreamConnection& take_held() {
        auto* const connection = held_.front();
        held_.pop_front();
        held_bytes_ -= connection->held_bytes();
        return *connection;
    }

    void opened(UpstreamConnection& connection, Opening how) override {
        --opening_;
        switch (how) {
            case Opening::kSucceeded:
                breaker_.succeeded();
                break;
            case Opening::kFailed:
                breaker_.failed(connection.which(), loop_.now());
                break;
            case Opening::kAbandoned:
                breaker_.abandoned(connection.which());
                break;
        }
        if (ending_) {
            return;
        }
        if (admits()) {
            while (!held_.empty() && may_open() && admits()) {
                open(take_held());
            }
            return;
        }
        // Whoever waits for a replica that has just turned out to be away would only wait longer.
        while (!held_.empty()) {
            take_held().refuse();
        }
    }

    void give_back(UpstreamConnection& connection) override {
        if (!held_.empty()) {
            connection.take_over(*held_.front());
        } else if (idle_.size() >= options_.max_idle_connections) {
            connection.kill();
        } else {
            idle_.push_back(&connection);
        }
    }

    void remove(UpstreamConnection& connection) override {
        std::erase(idle_, &connection);
        if (const auto held = std::ranges::find(held_, &connection); held != held_.end()) {
            held_.erase(held);
            held_bytes_ -= connection.held_bytes();
        }
        if (connection.queued) {
            std::ranges::replace(waiting_, &connection, nullptr);
        }
        const auto index = connection.index;
        auto dead = std::move(connections_[index]);
        if (index + 1 < connections_.size()) {
            connections_[index] = std::move(connections_.back());
            connections_[index]->index = index;
        }
        connections_.pop_back();
        loop_.destroy_later(std::move(dead));
    }

    void handshake_failed(std::string_view why) override {
        if (loop_.now() >= quiet_until_) {
            quiet_until_ = loop_.now() + kQuietAfterWarning;
            telemetry::warn("http", "no TLS with runtime {}: {}", target_.host, why);
        }
    }

    void later(UpstreamConnection& connection) override {
        if (!connection.queued) {
            connection.queued = true;
            waiting_.push_back(&connection);
            turn_end_.schedule();
        }
    }

    void end_turn() {
        const auto count = waiting_.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (auto* const connection = std::exchange(waiting_[i], nullptr)) {
                connection->queued = false;
                connection->go_on();
            }
        }
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    void schedule_sweep() {
        if (!sweep_timer_.pending()) {
            sweep_timer_ = loop_.call_after(kSweepEvery, [this] { sweep(); });
        }
    }

    void sweep() {
        const auto now = loop_.now();
        for (auto i = connections_.size(); i-- > 0;) {
            // One failure may cancel other calls, so the list may have become shorter.
            if (i < connections_.size()) {
                connections_[i]->check_deadline(now);
            }
        }
        if (!connections_.empty()) {
            schedule_sweep();
        }
    }

    net::EventLoop& loop_;
    const UpstreamTarget target_;
    const UpstreamOptions options_;
    std::unique_ptr<ParsedHead> parsed_ = std::make_unique<ParsedHead>();
    std::vector<std::unique_ptr<UpstreamConnection>> connections_;
    std::vector<UpstreamConnection*> idle_, waiting_;
    std::deque<UpstreamConnection*> held_;  // calls without a connection, the oldest first
    std::size_t held_bytes_ = 0;
    std::size_t opening_ = 0;
    Breaker breaker_;
    SteadyTime quiet_until_{};
    net::Timer sweep_timer_;
    net::TurnEnd turn_end_;
    bool ending_ = false;
};

}  // namespace

std::unique_ptr<UpstreamPool> make_upstream_pool(net::EventLoop& loop,
                                                 UpstreamTarget target,
                                                 UpstreamOptions options) {
    return std::make_unique<Pool>(loop, std::move(target), options);
}

}  // namespace gatehouse::http
