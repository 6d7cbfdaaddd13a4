// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <limits>
#include <system_error>

#include "telemetry/log.h"

namespace gatehouse::net {

namespace {

constexpr std::size_t kEventsPerTurn = 256;
constexpr std::chrono::milliseconds kLongWait{60'000};

template <typename Action>
void guarded(Action&& action) {
    try {
        std::forward<Action>(action)();
    } catch (const std::exception& caught) {
        telemetry::error("net", "a callback threw: {}", caught.what());
    } catch (...) {
        telemetry::error("net", "a callback threw");
    }
}

epoll_event events_for(IoHandler& handler) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &handler;
    return event;
}

}  // namespace

Timer::Timer(EventLoop& loop, SteadyTime due, std::uint64_t id)
    : loop_(&loop), due_(due), id_(id) {}

Timer::Timer(Timer&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)), due_(other.due_), id_(other.id_) {}

Timer& Timer::operator=(Timer&& other) noexcept {
    if (this != &other) {
        cancel();
        loop_ = std::exchange(other.loop_, nullptr);
        due_ = other.due_;
        id_ = other.id_;
    }
    return *this;
}

Timer::~Timer() {
    cancel();
}

void Timer::cancel() {
    if (auto* loop = std::exchange(loop_, nullptr)) {
        loop->timers_.erase({due_, id_});
    }
}

bool Timer::pending() const {
    return loop_ != nullptr && loop_->timers_.contains({due_, id_});
}

TurnEnd::TurnEnd(EventLoop& loop, std::function<void()> action)
    : loop_(loop), action_(std::move(action)) {}

TurnEnd::~TurnEnd() {
    if (scheduled_) {
        std::ranges::replace(loop_.turn_ends_, this, nullptr);
    }
}

void TurnEnd::schedule() {
    if (!scheduled_) {
        scheduled_ = true;
        loop_.turn_ends_.push_back(this);
    }
}

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock& clock) {
    Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
    Socket wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    if (!epoll.valid() || !wake.valid() ||
        ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, wake.fd(), &event) != 0) {
        return fail(ErrorCode::kUnavailable, "cannot create an event loop",
                    std::generic_category().message(errno));
    }
    return std::unique_ptr<EventLoop>(new EventLoop(clock, std::move(epoll), std::move(wake)));
}

EventLoop::EventLoop(const Clock& clock, Socket epoll, Socket wake)
    : clock_(clock),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      now_(clock.steady_now()),
      scratch_(std::make_unique<char[]>(kScratchSize + kScratchPadding)) {}

EventLoop::~EventLoop() {
    graveyard_.clear();
}

void EventLoop::run() {
    thread_ = std::this_thread::get_id();
    while (!stopping_.load(std::memory_order_acquire)) {
        run_once(kLongWait);
    }
    run_mailbox();
    run_turn_ends();
    thread_ = std::thread::id{};
}

void EventLoop::stop() {
    stopping_.store(true, std::memory_order_release);
    wake();
}

void EventLoop::run_once(std::chrono::milliseconds wait) {
    std::array<epoll_event, kEventsPerTurn> events;
    const int count =
        ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), wait_limit(wait));
    now_ = clock_.steady_now();
    bool woken = false;
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        auto* const handler = static_cast<IoHandler*>(event.data.ptr);
        if (handler == nullptr) {
            std::uint64_t ignored = 0;
            (void)!::read(wake_.fd(), &ignored, sizeof ignored);
            woken = true;
        } else if (handler->watched_) {
            constexpr auto kGone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
            const IoEvents seen{.readable = (event.events & (EPOLLIN | kGone)) != 0,
                                .writable = (event.events & (EPOLLOUT | EPOLLERR)) != 0,
                                .hangup = (event.events & kGone) != 0};
            guarded([&] { handler->on_io(seen); });
        }
    }
    if (woken) {
        run_mailbox();  // a turn without post takes no lock
    }
    run_timers();
    run_turn_ends();
    auto dead = std::exchange(graveyard_, {});
    dead.clear();
    if (graveyard_.empty()) {
        graveyard_ = std::move(dead);  // keeps its memory
    }
}

int EventLoop::wait_limit(std::chrono::milliseconds wait) const {
    if (!turn_ends_.empty() || !graveyard_.empty()) {
        return 0;
    }
    if (!timers_.empty()) {
        // Timers are coarse: the time that this turn took does not matter.
        const auto due =
            std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - now_);
        wait = std::clamp(due, std::chrono::milliseconds{0}, wait);
    }
    return static_cast<int>(
        std::min<std::chrono::milliseconds::rep>(wait.count(), std::numeric_limits<int>::max()));
}

void EventLoop::wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.fd(), &one, sizeof one);
}

void EventLoop::post(Task task) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = mailbox_.empty();
        mailbox_.push_back(std::move(task));
    }
    if (first) {
        wake();
    }
}

bool EventLoop::in_loop_thread() const {
    return thread_.load() == std::this_thread::get_id();
}

void EventLoop::run_mailbox() {
    {
        const std::lock_guard lock(mutex_);
        running_.swap(mailbox_);
    }
    for (auto& task : running_) {
        guarded(task);
    }
    running_.clear();
}

Timer EventLoop::call_after(std::chrono::milliseconds delay, Task task) {
    const auto due = clock_.steady_now() + std::max(delay, std::chrono::milliseconds{0});
    const auto id = next_timer_++;
    timers_.emplace(TimerKey{due, id}, std::move(task));
    return {*this, due, id};
}

void EventLoop::run_timers() {
    const auto last = next_timer_;
    while (!timers_.empty() && timers_.begin()->first.first <= now_) {
        if (timers_.begin()->first.second >= last) {
            break;  // set in this very turn with no delay
        }
        auto node = timers_.extract(timers_.begin());
        guarded(node.mapped());
    }
}

void EventLoop::run_turn_ends() {
    const auto count = turn_ends_.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (auto* const entry = turn_ends_[i]) {
            entry->scheduled_ = false;
            turn_ends_[i] = nullptr;
            guarded(entry->action_);
        }
    }
    turn_ends_.erase(turn_ends_.begin(), turn_ends_.begin() + static_cast<std::ptrdiff_t>(count));
}

bool EventLoop::watch(int fd, IoHandler& handler) {
    auto event = events_for(handler);
    handler.watched_ = ::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) == 0;
    return handler.watched_;
}

bool EventLoop::hand_over(int fd, IoHandler& from, IoHandler& to) {
    auto event = events_for(to);
    from.watched_ = false;
    to.watched_ = ::epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, fd, &event) == 0;
    return to.watched_;
}

void EventLoop::forget(IoHandler& handler) {
    handler.watched_ = false;
}

void EventLoop::destroy_later(std::unique_ptr<IoHandler> handler) {
    handler->watched_ = false;
    graveyard_.push_back(std::move(handler));
}

}  // namespace gatehouse::net
