// SPDX-License-Identifier: Apache-2.0
#include "http/upstream_pool.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "http/internal/upstream_connection.h"
#include "telemetry/log.h"

namespace gatehouse::http {

namespace {

using internal::UpstreamCallHandle;
using internal::UpstreamConnection;

constexpr std::chrono::seconds kSweepEvery{1};
/// Every call to a runtime with a bad certificate fails alike: one line in a while is enough.
constexpr std::chrono::seconds kQuietAfterWarning{10};

class Pool final : public UpstreamPool, public internal::UpstreamOwner {
  public:
    Pool(net::EventLoop& loop, UpstreamTarget target, UpstreamOptions options)
        : loop_(loop),
          target_(std::move(target)),
          options_(options),
          turn_end_(loop, [this] { end_turn(); }) {
        GATEHOUSE_ASSERT(!target_.addresses.empty());
    }

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    Pool(Pool&&) = delete;
    Pool& operator=(Pool&&) = delete;

    ~Pool() override {
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
        connections_.back()->index = connections_.size() - 1;
        connections_.back()->open(request, listener, *call);
        schedule_sweep();
        return call;
    }

    [[nodiscard]] bool is_available() const override { return true; }

  private:
    [[nodiscard]] net::EventLoop& loop() override { return loop_; }

    [[nodiscard]] const UpstreamTarget& target() const override { return target_; }

    [[nodiscard]] const UpstreamOptions& options() const override { return options_; }

    [[nodiscard]] ParsedHead& parsed() override { return *parsed_; }

    void give_back(UpstreamConnection& connection) override {
        if (idle_.size() >= options_.max_idle_connections) {
            connection.kill();
            return;
        }
        idle_.push_back(&connection);
    }

    void remove(UpstreamConnection& connection) override {
        std::erase(idle_, &connection);
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
    SteadyTime quiet_until_{};
    net::Timer sweep_timer_;
    net::TurnEnd turn_end_;
};

}  // namespace

std::unique_ptr<UpstreamPool> make_upstream_pool(net::EventLoop& loop,
                                                 UpstreamTarget target,
                                                 UpstreamOptions options) {
    return std::make_unique<Pool>(loop, std::move(target), options);
}

}  // namespace gatehouse::http
