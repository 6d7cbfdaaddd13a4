// SPDX-License-Identifier: Apache-2.0
#include "net/loop_threads.h"

#include <pthread.h>

#include <future>
#include <system_error>

namespace gatehouse::net {

Result<std::unique_ptr<LoopThreads>> LoopThreads::start(const Clock& clock,
                                                        std::string name,
                                                        std::size_t count) {
    std::unique_ptr<LoopThreads> all(new LoopThreads);
    for (std::size_t i = 0; i < count; ++i) {
        auto loop = EventLoop::create(clock);
        if (!loop) {
            return std::unexpected(loop.error());
        }
        all->loops_.push_back(std::move(*loop));
    }
    for (std::size_t i = 0; i < count; ++i) {
        try {
            all->threads_.emplace_back([loop = all->loops_[i].get(),
                                        title = name.substr(0, 11) + "-" + std::to_string(i)] {
                ::pthread_setname_np(::pthread_self(), title.substr(0, 15).c_str());
                loop->run();
            });
        } catch (const std::system_error& caught) {
            return fail(ErrorCode::kUnavailable, "cannot start a thread", caught.what());
        }
    }
    return all;
}

LoopThreads::~LoopThreads() {
    stop();
}

void LoopThreads::on_each(const std::function<void(EventLoop& loop, std::size_t index)>& action) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        std::promise<void> done;
        auto finished = done.get_future();
        loops_[i]->post([&, promise = std::move(done)]() mutable {
            action(*loops_[i], i);
            promise.set_value();
        });
        finished.wait();
    }
}

void LoopThreads::stop() {
    for (const auto& loop : loops_) {
        loop->stop();
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

}  // namespace gatehouse::net
