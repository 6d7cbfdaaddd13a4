// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <pthread.h>

#include <exception>

#include "telemetry/log.h"

namespace gatehouse::net {

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this, i] {
            const auto name = options_.name.substr(0, 11) + "-" + std::to_string(i);
            ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
            work();
        });
    }
}

WorkerPool::~WorkerPool() {
    stop(std::chrono::milliseconds{0});
}

bool WorkerPool::submit(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.max_queue) {
            return false;
        }
        queue_.push_back(std::move(task));
    }
    ready_.notify_one();
    return true;
}

void WorkerPool::stop(std::chrono::milliseconds grace) {
    std::deque<Task> dropped;  // destroyed without the lock: a task may own anything
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        ready_.notify_all();
        idle_.wait_for(lock, grace, [this] { return queue_.empty() && running_ == 0; });
        dropped.swap(queue_);
    }
    const std::lock_guard lock(join_mutex_);
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
    if (!dropped.empty()) {
        telemetry::warn("net", "{}: dropped {} queued tasks", options_.name, dropped.size());
    }
}

std::size_t WorkerPool::queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        auto task = std::move(queue_.front());
        queue_.pop_front();
        ++running_;
        lock.unlock();
        try {
            task();
        } catch (const std::exception& caught) {
            telemetry::error("net", "{}: a task threw: {}", options_.name, caught.what());
        } catch (...) {
            telemetry::error("net", "{}: a task threw", options_.name);
        }
        task = nullptr;
        lock.lock();
        --running_;
        if (queue_.empty() && running_ == 0) {
            idle_.notify_all();
        }
    }
}

}  // namespace gatehouse::net
