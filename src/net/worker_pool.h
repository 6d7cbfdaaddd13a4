// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::net {

struct WorkerPoolOptions {
    std::string name;  ///< shown as the threads' name, at most 11 characters of it
    std::size_t threads = 1;
    std::size_t max_queue = 256;
};

/// Threads for work that blocks, behind a bounded queue. Thread-safe.
class WorkerPool {
  public:
    using Task = std::move_only_function<void()>;

    explicit WorkerPool(WorkerPoolOptions options);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    WorkerPool(WorkerPool&&) = delete;
    WorkerPool& operator=(WorkerPool&&) = delete;
    /// stop(0).
    ~WorkerPool();

    /// False, and `task` is not run, when the queue is full or the pool stopped. An exception that
    /// leaves the task is logged.
    [[nodiscard]] bool submit(Task task);

    /// Takes no more tasks, runs the queued ones for up to `grace`, drops the rest, waits for those
    /// that run. Safe to call twice.
    void stop(std::chrono::milliseconds grace);

    [[nodiscard]] std::size_t queued() const;

  private:
    void work();

    const WorkerPoolOptions options_;
    mutable std::mutex mutex_;  // guards queue_, stopping_, running_
    std::condition_variable ready_, idle_;
    std::deque<Task> queue_;
    std::size_t running_ = 0;
    bool stopping_ = false;
    std::mutex join_mutex_;  // guards threads_
    std::vector<std::thread> threads_;
};

}  // namespace gatehouse::net
