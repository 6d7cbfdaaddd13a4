// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/socket.h"

namespace gatehouse::net {

class EventLoop;

/// What happened on a descriptor. Edge triggered: act until the call would block.
struct IoEvents {
    bool readable = false, writable = false;
    bool hangup = false;  ///< the peer closed at least its sending side, or the socket failed
};

/// Something with a descriptor on a loop.
class IoHandler {
  public:
    IoHandler() = default;
    IoHandler(const IoHandler&) = delete;
    IoHandler& operator=(const IoHandler&) = delete;
    IoHandler(IoHandler&&) = delete;
    IoHandler& operator=(IoHandler&&) = delete;
    virtual ~IoHandler() = default;

    virtual void on_io(IoEvents events) = 0;

  private:
    friend class EventLoop;
    bool watched_ = false;
};

/// A pending call of EventLoop::call_after. Destroying or resetting it cancels. Must not outlive
/// the loop; used on the loop's thread.
class Timer {
  public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    Timer(Timer&& other) noexcept;
    Timer& operator=(Timer&& other) noexcept;
    ~Timer();

    void cancel();
    [[nodiscard]] bool pending() const;

  private:
    friend class EventLoop;
    Timer(EventLoop& loop, SteadyTime due, std::uint64_t id);

    EventLoop* loop_ = nullptr;
    SteadyTime due_;
    std::uint64_t id_ = 0;
};

/// Calls back once at the end of the turn in which it was scheduled: the way out of a callback for
/// work that must not run inside it. Destroying it cancels. Loop's thread only.
class TurnEnd {
  public:
    TurnEnd(EventLoop& loop, std::function<void()> action);
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;
    TurnEnd(TurnEnd&&) = delete;
    TurnEnd& operator=(TurnEnd&&) = delete;
    ~TurnEnd();

    void schedule();

  private:
    friend class EventLoop;
    EventLoop& loop_;
    std::function<void()> action_;
    bool scheduled_ = false;
};

/// One thread's epoll loop. Only `post`, `stop` and `in_loop_thread` may be called from other
/// threads; the rest is for the loop's thread, or for any one thread while `run` is not running.
class EventLoop {
  public:
    using Task = std::move_only_function<void()>;

    /// `clock` must outlive the loop. kUnavailable when the system gives no descriptors.
    [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create(const Clock& clock);

    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    EventLoop(EventLoop&&) = delete;
    EventLoop& operator=(EventLoop&&) = delete;
    ~EventLoop();

    /// Turns until `stop`. Tasks posted before `stop` still run. An exception that leaves a
    /// callback is logged, and the loop goes on.
    void run();
    void stop();
    /// One turn that waits at most `wait`, for tests and for shutting down.
    void run_once(std::chrono::milliseconds wait);

    /// Thread-safe. Runs `task` on the loop's thread, in order; dropped when the loop is destroyed
    /// before.
    void post(Task task);
    [[nodiscard]] bool in_loop_thread() const;

    /// When this turn's events arrived.
    [[nodiscard]] SteadyTime now() const { return now_; }

    [[nodiscard]] const Clock& clock() const { return clock_; }

    /// Never runs inside this call. Fires at the first turn at or after `delay`.
    [[nodiscard]] Timer call_after(std::chrono::milliseconds delay, Task task);

    /// Watches `fd` for everything, edge triggered, until `forget`. False when the system refuses.
    [[nodiscard]] bool watch(int fd, IoHandler& handler);
    /// No event reaches `handler` any more, also none of this turn. Close the descriptor after it.
    /// The handler must live until the turn ends: see destroy_later.
    void forget(IoHandler& handler);
    /// The events of `fd` go to `to` instead of `from`; what is possible now is reported again.
    /// False when the system refuses: then neither hears of it.
    [[nodiscard]] bool hand_over(int fd, IoHandler& from, IoHandler& to);
    /// Destroys at the end of the turn.
    void destroy_later(std::unique_ptr<IoHandler> handler);

    /// One read buffer for all connections of the loop; at least kScratchPadding readable bytes
    /// follow it. Its content is good until the callback that filled it returns.
    [[nodiscard]] std::span<char> scratch() { return {scratch_.get(), kScratchSize}; }

    static constexpr std::size_t kScratchSize = std::size_t{64} * 1024;
    static constexpr std::size_t kScratchPadding = 128;

  private:
    friend class Timer;
    friend class TurnEnd;
    using TimerKey = std::pair<SteadyTime, std::uint64_t>;

    EventLoop(const Clock& clock, Socket epoll, Socket wake);

    [[nodiscard]] int wait_limit(std::chrono::milliseconds wait) const;
    void wake();
    void run_mailbox();
    void run_timers();
    void run_turn_ends();

    const Clock& clock_;
    Socket epoll_, wake_;
    SteadyTime now_;
    std::atomic<std::thread::id> thread_;
    std::atomic<bool> stopping_ = false;

    std::mutex mutex_;  // guards mailbox_
    std::vector<Task> mailbox_;
    std::vector<Task> running_;

    std::map<TimerKey, Task> timers_;
    std::uint64_t next_timer_ = 1;
    std::vector<TurnEnd*> turn_ends_;
    std::vector<std::unique_ptr<IoHandler>> graveyard_;
    std::unique_ptr<char[]> scratch_;
};

}  // namespace gatehouse::net
