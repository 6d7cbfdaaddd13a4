// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace gatehouse::net {

/// `count` loops, each on its own thread.
class LoopThreads {
  public:
    [[nodiscard]] static Result<std::unique_ptr<LoopThreads>> start(const Clock& clock,
                                                                    std::string name,
                                                                    std::size_t count);
    LoopThreads(const LoopThreads&) = delete;
    LoopThreads& operator=(const LoopThreads&) = delete;
    LoopThreads(LoopThreads&&) = delete;
    LoopThreads& operator=(LoopThreads&&) = delete;
    /// stop().
    ~LoopThreads();

    [[nodiscard]] std::size_t size() const { return loops_.size(); }

    [[nodiscard]] EventLoop& loop(std::size_t index) { return *loops_[index]; }

    /// Runs `action` on each loop's thread, one after the other, and waits for it. Not from a
    /// loop's thread.
    void on_each(const std::function<void(EventLoop& loop, std::size_t index)>& action);

    /// Stops and joins. The loops stay until destruction, so that others may still post to them.
    /// Safe to call twice.
    void stop();

  private:
    LoopThreads() = default;

    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::vector<std::thread> threads_;
};

}  // namespace gatehouse::net
