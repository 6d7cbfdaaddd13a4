// SPDX-License-Identifier: Apache-2.0
// bench_relay PORT UPSTREAM_PORT: the floor that no proxy gets below. Each client's connection has
// one of its own to the upstream, and bytes are copied from one to the other without a look at
// them.
#include <unordered_map>
#include <utility>

#include "sockets.h"

namespace gatehouse::bench {
namespace {

class Relay {
  public:
    Relay(std::uint16_t port, std::uint16_t upstream)
        : listener_(listen_on(port)), upstream_(upstream) {
        epoll_.add(listener_.get(), Epoll::Trigger::kLevel);
    }

    [[noreturn]] void serve() {
        for (;;) {
            for (const int descriptor : epoll_.wait(kForever)) {
                if (descriptor == listener_.get()) {
                    accept();
                } else {
                    copy(descriptor);
                }
            }
        }
    }

  private:
    struct End {
        Descriptor descriptor;
        int other = -1;
    };

    void accept() {
        auto client = accept_from(listener_);
        if (client.get() < 0) {
            return;
        }
        auto upstream = connect_to(upstream_);
        const std::pair<int, int> pair{client.get(), upstream.get()};
        epoll_.add(pair.first, Epoll::Trigger::kEdge);
        epoll_.add(pair.second, Epoll::Trigger::kEdge);
        ends_[pair.first] = {.descriptor = std::move(client), .other = pair.second};
        ends_[pair.second] = {.descriptor = std::move(upstream), .other = pair.first};
    }

    void copy(int descriptor) {
        const auto end = ends_.find(descriptor);
        if (end == ends_.end()) {
            return;  // its other end was closed in this turn
        }
        const int other = end->second.other;
        // One look is enough: what is sent here fits into the buffer.
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kBytes) {
            send_all(other, arrived.bytes);
        } else if (arrived.state == Arrived::State::kClosed) {
            ends_.erase(other);
            ends_.erase(descriptor);
        }
    }

    Descriptor listener_;
    std::uint16_t upstream_;
    Epoll epoll_;
    std::unordered_map<int, End> ends_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    if (argc != 3) {
        die("usage: bench_relay PORT UPSTREAM_PORT");
    }
    Relay(port_number(argv[1]), port_number(argv[2])).serve();
}
