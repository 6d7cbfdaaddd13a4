// SPDX-License-Identifier: Apache-2.0
// bench_soak_load PORT CONNECTIONS STREAMS RATE SECONDS CALLERS FIRST OUTCOMES: calls at random
// moments, streams that come and go, clients that leave in the middle. Every answer is compared
// with what was asked.
//
// Says `fault MONOTONIC_MILLISECONDS WHAT` when the runtime seems to be away, `wrong WHAT` when an
// answer is not what it must be, and counts at the end. OUTCOMES gets 16 bits for each call from
// number FIRST on: 0 for one that was not answered, or 1 + caller * 4 + kind.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "soak_client.h"
#include "sockets.h"

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kPatience = 10 * kSecond;
constexpr std::uint64_t kStreamGap = 10 * kMillisecond;
constexpr std::uint64_t kMaxTold = 20;

struct Plan {
    std::uint16_t port = 0;
    std::size_t connections = 0, streams = 0;
    double rate = 0;
    std::uint64_t seconds = 0, first = 0;
};

/// How a client leaves that does not wait for its answer.
enum class Leave : std::uint8_t { kNot, kHalfRequest, kAtOnce, kMidAnswer };

class Soak {
  public:
    Soak(const Plan& plan, std::vector<Caller> callers)
        : plan_(plan),
          callers_(std::move(callers)),
          gap_(plan.rate / static_cast<double>(kSecond)) {
        for (std::size_t i = 0; i < plan.connections; ++i) {
            idle_.push_back(open());
        }
    }

    void run() {
        started_ = now_ns();
        next_call_ = next_stream_ = next_sweep_ = started_;
        const auto end = started_ + plan_.seconds * kSecond;
        for (auto now = started_; now < end || calling_ + open_streams_ > 0; now = now_ns()) {
            if (now < end) {
                send_what_is_due(now);
            }
            for (const int descriptor : epoll_.wait(wait(now))) {
                read(descriptor);
            }
            if (now >= next_sweep_) {
                sweep(now, now >= end);
                next_sweep_ = now + 20 * kMillisecond;
            }
        }
        ended_ = now_ns();
    }

    void report(const std::string& path) const {
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(outcomes_.data()),
                   static_cast<std::streamsize>(outcomes_.size() * sizeof outcomes_.front()));
        fmt::print(
            R"({{"seconds":{:.3f},"asked":{},"answered":{},"quick":{},"slow":{},"events":{},"streams":{},"left":{},"faults":{},"wrong":{}}})"
            "\n",
            static_cast<double>(ended_ - started_) / static_cast<double>(kSecond), outcomes_.size(),
            complete_[0] + complete_[1] + complete_[2], complete_[0], complete_[1], complete_[2],
            complete_[3], left_, faults_, wrong_);
    }

  private:
    struct Connection {
        Descriptor descriptor;
        Asked asked;
        Answer answer;
        Leave leave = Leave::kNot;
        bool calling = false;
        std::uint64_t since = 0, until = 0;  ///< `until`: of a stream
    };

    int open() {
        auto descriptor = connect_to(plan_.port);
        const int number = descriptor.get();
        epoll_.add(number, Epoll::Trigger::kLevel);
        connections_[number].descriptor = std::move(descriptor);
        return number;
    }

    [[nodiscard]] std::uint64_t wait(std::uint64_t now) const {
        const auto next = idle_.empty() ? next_sweep_ : std::min(next_call_, next_sweep_);
        return next > now ? next - now : 0;
    }

    void send_what_is_due(std::uint64_t now) {
        while (next_call_ <= now && !idle_.empty()) {
            next_call_ += 1 + static_cast<std::uint64_t>(gap_(random_));
            const int descriptor = idle_.front();
            idle_.erase(idle_.begin());
            begin(descriptor, kind_of_next(), now);
        }
        if (next_stream_ <= now && open_streams_ < plan_.streams) {
            next_stream_ = now + kStreamGap;
            ++open_streams_;
            begin(open(), Kind::kStream, now);
        }
    }

    Kind kind_of_next() {
        const auto dice = dice_(random_);
        return dice < 30 ? Kind::kSlow : dice < 60 ? Kind::kEvents : Kind::kQuick;
    }

    Leave leave_of_next(Kind kind) {
        const auto dice = dice_(random_);
        if (kind == Kind::kStream || dice >= 30) {
            return Leave::kNot;
        }
        const bool in_pieces = kind != Kind::kQuick;
        return in_pieces && dice < 20 ? Leave::kMidAnswer
               : dice == 29           ? Leave::kAtOnce
               : dice == 28           ? Leave::kHalfRequest
                                      : Leave::kNot;
    }

    void begin(int descriptor, Kind kind, std::uint64_t now) {
        Connection& connection = connections_.at(descriptor);
        connection.asked = {.call = plan_.first + outcomes_.size(),
                            .kind = kind,
                            .caller = outcomes_.size() % callers_.size()};
        outcomes_.push_back(0);
        const Caller& caller = callers_[connection.asked.caller];
        connection.answer.expect(connection.asked, caller);
        connection.leave = leave_of_next(kind);
        connection.since = now;
        connection.until = kind == Kind::kStream ? now + stream_life_(random_) * kMillisecond : 0;
        connection.calling = true;
        calling_ += kind == Kind::kStream ? 0 : 1;
        const auto request = request_for(connection.asked, caller, plan_.port);
        const bool half = connection.leave == Leave::kHalfRequest;
        send_all(descriptor, std::string_view(request).substr(0, request.size() - (half ? 40 : 0)));
        if (half || connection.leave == Leave::kAtOnce) {
            ++left_;
            replace(descriptor);
        }
    }

    void read(int descriptor) {
        const auto found = connections_.find(descriptor);
        if (found == connections_.end()) {
            return;
        }
        Connection& connection = found->second;
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kNothingYet) {
            return;
        }
        if (arrived.state == Arrived::State::kClosed) {
            if (connection.calling) {
                fault("closed", connection);
            }
            replace(descriptor);
            return;
        }
        if (!connection.calling) {
            say_wrong("bytes that nobody asked for");
            replace(descriptor);
            return;
        }
        const auto state = connection.answer.take(arrived.bytes);
        if (state == Answer::State::kMore && connection.leave == Leave::kMidAnswer) {
            ++left_;
            replace(descriptor);
        } else if (state != Answer::State::kMore) {
            finish(descriptor, state);
        }
    }

    void finish(int descriptor, Answer::State state) {
        Connection& connection = connections_.at(descriptor);
        const bool stream = connection.asked.kind == Kind::kStream;
        if (state == Answer::State::kWrong) {
            say_wrong(connection.answer.wrong());
        } else {
            note_answered(connection.asked);
        }
        if (state == Answer::State::kUnreachable) {
            fault("unreachable", connection);
        } else if (state == Answer::State::kComplete) {
            ++complete_[static_cast<std::size_t>(connection.asked.kind)];
        }
        if (stream || state != Answer::State::kComplete) {
            replace(descriptor);
            return;
        }
        connection.calling = false;
        --calling_;
        idle_.push_back(descriptor);
    }

    void note_answered(const Asked& asked) {
        outcomes_[asked.call - plan_.first] = static_cast<std::uint16_t>(
            1 + asked.caller * 4 + static_cast<std::uint64_t>(asked.kind));
    }

    /// Closes it; a connection for calls gets a successor.
    void replace(int descriptor) {
        const Connection& connection = connections_.at(descriptor);
        const bool stream = connection.calling && connection.asked.kind == Kind::kStream;
        if (stream) {
            --open_streams_;
        } else if (connection.calling) {
            --calling_;
        }
        std::erase(idle_, descriptor);
        connections_.erase(descriptor);
        if (!stream) {
            idle_.push_back(open());
        }
    }

    /// Ends the streams whose time has come, and finds calls that nobody answers.
    void sweep(std::uint64_t now, bool all) {
        std::vector<int> over, silent;
        for (const auto& [descriptor, connection] : connections_) {
            if (!connection.calling) {
                continue;
            }
            if (connection.asked.kind != Kind::kStream) {
                if (now > connection.since + kPatience) {
                    silent.push_back(descriptor);
                }
            } else if (all || now >= connection.until) {
                over.push_back(descriptor);
            }
        }
        for (const int descriptor : over) {
            if (connections_.at(descriptor).answer.has_begun()) {
                note_answered(connections_.at(descriptor).asked);
                ++complete_[static_cast<std::size_t>(Kind::kStream)];
            }
            replace(descriptor);
        }
        for (const int descriptor : silent) {
            say_wrong(fmt::format("call {}: no answer", connections_.at(descriptor).asked.call));
            replace(descriptor);
        }
    }

    void fault(std::string_view what, const Connection& connection) {
        ++faults_;
        fmt::print("fault {} {} {}\n", now_ns() / kMillisecond, what, connection.asked.call);
    }

    void say_wrong(std::string_view what) {
        if (wrong_++ < kMaxTold) {
            fmt::print("wrong {}\n", what);
        }
    }

    Plan plan_;
    std::vector<Caller> callers_;
    Epoll epoll_;
    std::unordered_map<int, Connection> connections_;
    std::vector<int> idle_;
    std::size_t calling_ = 0, open_streams_ = 0;
    std::vector<std::uint16_t> outcomes_;
    std::array<std::uint64_t, 4> complete_{};
    std::uint64_t left_ = 0, faults_ = 0, wrong_ = 0;
    std::uint64_t started_ = 0, ended_ = 0, next_call_ = 0, next_stream_ = 0, next_sweep_ = 0;
    std::mt19937_64 random_{42};
    std::exponential_distribution<double> gap_;
    std::uniform_int_distribution<int> dice_{0, 999};
    std::uniform_int_distribution<std::uint64_t> stream_life_{300, 9000};
};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    if (argc != 9) {
        die("usage: see the top of bench/programs/soak_load.cpp");
    }
    // What is said is to be read while this runs.
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    prctl(PR_SET_TIMERSLACK, 1);
    const std::span<char*> words(argv + 1, 8);
    Soak soak({.port = port_number(words[0]),
               .connections = number(words[1]),
               .streams = number(words[2]),
               .rate = static_cast<double>(number(words[3])),
               .seconds = number(words[4]),
               .first = number(words[6])},
              read_callers(words[5]));
    soak.run();
    soak.report(words[7]);
    return 0;
}
