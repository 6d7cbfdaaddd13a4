// SPDX-License-Identifier: Apache-2.0
// The load. REQUESTS is a file of whole requests, each after a line with its size.
//
// bench_load closed PORT CONNECTIONS MILLISECONDS REQUESTS: one request after the other
//
// bench_load rate PORT CONNECTIONS RATE MILLISECONDS REQUESTS: so many a second, at random moments
//
// bench_load once PORT CONNECTIONS REQUESTS ANSWERS: each request once, bodies to a file
//
// bench_load idle PORT COUNT REQUESTS: open streams until standard input ends
//
// Latencies at a rate count from the moment a request was due, so that a stall is seen by all the
// requests that it would have kept waiting.
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http_message.h"
#include "sockets.h"

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kPatience = 5 * kSecond;

using Requests = std::vector<std::string>;

Requests read_requests(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Requests requests;
    for (std::size_t at = 0; at < text.size();) {
        const auto line_end = text.find('\n', at);
        if (line_end == std::string::npos) {
            die("the file of requests is cut off");
        }
        const auto size = number(std::string_view(text).substr(at, line_end - at));
        requests.push_back(text.substr(line_end + 1, size));
        at = line_end + 1 + size;
    }
    if (requests.empty()) {
        die(fmt::format("no requests in {}", path));
    }
    return requests;
}

/// When requests are due.
class Schedule {
  public:
    Schedule() = default;
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;
    Schedule(Schedule&&) = delete;
    Schedule& operator=(Schedule&&) = delete;
    virtual ~Schedule() = default;

    /// The moment that the next request was due, if that has come. Takes it.
    virtual std::optional<std::uint64_t> take(std::uint64_t now) = 0;
    /// Until the next one is due; kForever if none is before an answer comes.
    [[nodiscard]] virtual std::uint64_t wait(std::uint64_t now) const = 0;
    [[nodiscard]] virtual bool over(std::uint64_t now) const = 0;
};

class UntilTimeIsUp final : public Schedule {
  public:
    explicit UntilTimeIsUp(std::uint64_t end) : end_(end) {}

    std::optional<std::uint64_t> take(std::uint64_t now) override {
        return now < end_ ? std::optional(now) : std::nullopt;
    }

    [[nodiscard]] std::uint64_t wait(std::uint64_t /*now*/) const override { return kForever; }

    [[nodiscard]] bool over(std::uint64_t now) const override { return now >= end_; }

  private:
    std::uint64_t end_;
};

class EachOnce final : public Schedule {
  public:
    explicit EachOnce(std::size_t count) : left_(count) {}

    std::optional<std::uint64_t> take(std::uint64_t now) override {
        if (left_ == 0) {
            return std::nullopt;
        }
        --left_;
        return now;
    }

    [[nodiscard]] std::uint64_t wait(std::uint64_t /*now*/) const override { return kForever; }

    [[nodiscard]] bool over(std::uint64_t /*now*/) const override { return left_ == 0; }

  private:
    std::size_t left_;
};

/// A Poisson process; the same moments in every run.
class AtRate final : public Schedule {
  public:
    AtRate(std::uint64_t start, std::uint64_t end, double per_second)
        : next_(start), end_(end), gap_(per_second / static_cast<double>(kSecond)) {}

    std::optional<std::uint64_t> take(std::uint64_t now) override {
        if (next_ > now || over(now)) {
            return std::nullopt;
        }
        const auto due = next_;
        next_ += 1 + static_cast<std::uint64_t>(gap_(random_));
        return due;
    }

    [[nodiscard]] std::uint64_t wait(std::uint64_t now) const override {
        return over(now) ? kForever : next_ - std::min(now, next_);
    }

    [[nodiscard]] bool over(std::uint64_t /*now*/) const override { return next_ >= end_; }

  private:
    std::uint64_t next_, end_;
    std::mt19937_64 random_{42};
    std::exponential_distribution<double> gap_;
};

class Load {
  public:
    Load(std::uint16_t port, std::size_t connections, const Requests& requests)
        : requests_(requests) {
        for (std::size_t i = 0; i < connections; ++i) {
            auto descriptor = connect_to(port);
            epoll_.add(descriptor.get(), Epoll::Trigger::kLevel);
            idle_.push_back(descriptor.get());
            connections_[descriptor.get()].descriptor = std::move(descriptor);
        }
    }

    void keep_answers() { answers_.emplace(); }

    void run(Schedule& schedule) {
        started_ = now_ns();
        for (auto now = started_; !schedule.over(now) || busy() != 0; now = now_ns()) {
            while (!idle_.empty()) {
                const auto due = schedule.take(now);
                if (!due) {
                    break;
                }
                send(*due);
            }
            const auto& ready = epoll_.wait(std::min(schedule.wait(now), kPatience));
            if (ready.empty() && busy() != 0 && now_ns() - last_answer_ > kPatience) {
                die("no answer for five seconds");
            }
            for (const int descriptor : ready) {
                read(descriptor);
            }
        }
    }

    [[nodiscard]] std::string summary() {
        std::ranges::sort(latencies_);
        const auto at = [this](double share) {
            const auto last = static_cast<double>(latencies_.size() - 1);
            return latencies_.empty()
                       ? 0.0
                       : static_cast<double>(latencies_[static_cast<std::size_t>(last * share)]) /
                             1000.0;
        };
        const double seconds =
            static_cast<double>(last_answer_ - started_) / static_cast<double>(kSecond);
        return fmt::format(
            R"({{"answers":{},"bad":{},"seconds":{:.4f},"p50":{:.1f},"p90":{:.1f},"p99":{:.1f}}})",
            latencies_.size(), bad_, seconds, at(0.5), at(0.9), at(0.99));
    }

    [[nodiscard]] const std::vector<std::string>& answers() const { return *answers_; }

    [[nodiscard]] const std::string& first_bad() const { return first_bad_; }

  private:
    struct Connection {
        Descriptor descriptor;
        std::string rest;  ///< of an incomplete answer
        std::uint64_t due = 0;
    };

    [[nodiscard]] std::size_t busy() const { return connections_.size() - idle_.size(); }

    void send(std::uint64_t due) {
        // The longest idle one: all connections are used alike.
        const int descriptor = idle_.front();
        idle_.erase(idle_.begin());
        connections_.at(descriptor).due = due;
        send_all(descriptor, requests_[next_++ % requests_.size()]);
        last_answer_ = std::max(last_answer_, due);
    }

    void read(int descriptor) {
        Connection& connection = connections_.at(descriptor);
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kNothingYet) {
            return;
        }
        if (arrived.state == Arrived::State::kClosed) {
            die("a connection was closed");
        }
        std::string_view bytes = arrived.bytes;
        if (!connection.rest.empty()) {
            connection.rest += bytes;
            bytes = connection.rest;
        }
        const auto answer = read_message(bytes);
        if (!answer) {
            if (connection.rest.empty()) {
                connection.rest = bytes;
            }
            return;
        }
        note(*answer, connection.due);
        connection.rest.clear();
        idle_.push_back(descriptor);
    }

    void note(const Message& answer, std::uint64_t due) {
        last_answer_ = now_ns();
        latencies_.push_back(last_answer_ - due);
        if (!answer.start_line.starts_with("HTTP/1.1 200")) {
            if (bad_++ == 0) {
                first_bad_ = fmt::format("{} {}", answer.start_line, answer.body);
            }
        }
        if (answers_) {
            answers_->emplace_back(answer.body);
        }
    }

    const Requests& requests_;
    Epoll epoll_;
    std::unordered_map<int, Connection> connections_;
    std::vector<int> idle_;
    std::size_t next_ = 0;
    std::vector<std::uint64_t> latencies_;
    std::optional<std::vector<std::string>> answers_;
    std::uint64_t started_ = 0, last_answer_ = 0, bad_ = 0;
    std::string first_bad_;
};

void report(Load& load) {
    fmt::print("{}\n", load.summary());
    if (!load.first_bad().empty()) {
        fmt::print(stderr, "first bad answer: {}\n", load.first_bad());
    }
}

void run_closed(std::span<char*> words) {
    const auto requests = read_requests(words[3]);
    Load load(port_number(words[0]), number(words[1]), requests);
    UntilTimeIsUp schedule(now_ns() + number(words[2]) * kMillisecond);
    load.run(schedule);
    report(load);
}

void run_rate(std::span<char*> words) {
    const auto requests = read_requests(words[4]);
    Load load(port_number(words[0]), number(words[1]), requests);
    const auto start = now_ns();
    AtRate schedule(start, start + number(words[3]) * kMillisecond,
                    static_cast<double>(number(words[2])));
    load.run(schedule);
    report(load);
}

void run_once(std::span<char*> words) {
    const auto requests = read_requests(words[2]);
    Load load(port_number(words[0]), number(words[1]), requests);
    load.keep_answers();
    EachOnce schedule(requests.size());
    load.run(schedule);
    std::ofstream file(words[3], std::ios::binary);
    for (const std::string& answer : load.answers()) {
        file << answer << '\n';
    }
    report(load);
}

/// Reads until the stream's first event is there.
void wait_for_event(int descriptor) {
    std::string text;
    while (text.find("data:") == std::string::npos) {
        pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (poll(&waiting, 1, static_cast<int>(kPatience / kMillisecond)) != 1) {
            die("a stream stays silent");
        }
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kClosed) {
            die(fmt::format("a stream was refused: {}", text));
        }
        text += arrived.bytes;
    }
}

void run_idle(std::span<char*> words) {
    const auto port = port_number(words[0]);
    const auto count = number(words[1]);
    const auto requests = read_requests(words[2]);
    std::vector<Descriptor> streams;
    for (std::uint64_t i = 0; i < count; ++i) {
        streams.push_back(connect_to(port));
        send_all(streams.back().get(), requests[i % requests.size()]);
        wait_for_event(streams.back().get());
    }
    fmt::print("ready\n");
    std::fflush(stdout);
    std::array<char, 64> unused{};
    while (::read(STDIN_FILENO, unused.data(), unused.size()) > 0) {
    }
}

struct Mode {
    std::string_view name;
    std::size_t words;
    void (*run)(std::span<char*>);
};

constexpr std::array<Mode, 4> kModes{{{.name = "closed", .words = 4, .run = run_closed},
                                      {.name = "rate", .words = 5, .run = run_rate},
                                      {.name = "once", .words = 4, .run = run_once},
                                      {.name = "idle", .words = 3, .run = run_idle}}};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    // Without it a wait may last 50 microseconds longer, and latencies with it.
    prctl(PR_SET_TIMERSLACK, 1);
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    for (const Mode& mode : kModes) {
        if (words.size() == mode.words + 2 && mode.name == words[1]) {
            mode.run(words.subspan(2));
            return 0;
        }
    }
    die("usage: see the top of bench/programs/load.cpp");
}
