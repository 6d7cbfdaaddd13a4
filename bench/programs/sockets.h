// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the programs of the benchmark share: blocking set-up on loopback, and epoll. They stop the
/// process with a message when anything is not as it should be, because a figure that was measured
/// beside an error is worth nothing.
namespace gatehouse::bench {

[[noreturn]] void die(std::string_view what);
[[noreturn]] void die_errno(std::string_view what);

/// A number of the command line.
[[nodiscard]] std::uint64_t number(std::string_view text);
[[nodiscard]] std::uint16_t port_number(std::string_view text);

/// Monotonic nanoseconds.
[[nodiscard]] std::uint64_t now_ns();

/// Owns a file descriptor.
class Descriptor {
  public:
    Descriptor() = default;

    explicit Descriptor(int value) : value_(value) {}

    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    ~Descriptor() { reset(); }

    void reset();

    [[nodiscard]] int get() const { return value_; }

  private:
    int value_ = -1;
};

[[nodiscard]] Descriptor listen_on(std::uint16_t port);
/// Non-blocking, without delay. Nothing is accepted: an invalid descriptor.
[[nodiscard]] Descriptor accept_from(const Descriptor& listener);
/// Connected; blocking.
[[nodiscard]] Descriptor connect_to(std::uint16_t port);

class Epoll {
  public:
    Epoll();

    enum class Trigger : std::uint8_t { kLevel, kEdge };

    void add(int descriptor, Trigger trigger);
    /// The descriptors with something to read. Waits up to `nanoseconds`.
    [[nodiscard]] const std::vector<int>& wait(std::uint64_t nanoseconds);

  private:
    Descriptor epoll_;
    std::vector<int> ready_;
};

inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

/// All of it or die: requests and answers of the benchmark fit into a socket's buffer.
void send_all(int descriptor, std::string_view bytes);

/// What has arrived, at most a buffer full, valid until the next call.
struct Arrived {
    enum class State : std::uint8_t { kBytes, kNothingYet, kClosed };
    State state = State::kNothingYet;
    std::string_view bytes;
};

[[nodiscard]] Arrived receive(int descriptor);

}  // namespace gatehouse::bench
