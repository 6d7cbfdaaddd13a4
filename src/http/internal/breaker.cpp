// SPDX-License-Identifier: Apache-2.0
#include "http/internal/breaker.h"

#include <algorithm>

namespace gatehouse::http::internal {

Breaker::Try Breaker::begin() {
    if (!open_) {
        return Try::kUsual;
    }
    probing_ = true;
    return Try::kProbe;
}

void Breaker::succeeded() {
    open_ = probing_ = false;
    failures_ = 0;
    pause_ = std::chrono::milliseconds{0};
}

void Breaker::failed(Try which, SteadyTime now) {
    if (which == Try::kProbe) {
        probing_ = false;
        open(now);
    } else if (!open_ && ++failures_ >= options_.failures) {
        open(now);
    }
    // What was tried before it opened fails late and tells nothing new.
}

void Breaker::abandoned(Try which) {
    if (which == Try::kProbe) {
        probing_ = false;
    }
}

void Breaker::open(SteadyTime now) {
    pause_ = open_ ? std::min(pause_ * 2, options_.longest_pause) : options_.first_pause;
    open_ = true;
    std::uniform_int_distribution<std::chrono::milliseconds::rep> spread(-pause_.count() / 4,
                                                                         pause_.count() / 4);
    open_until_ = now + pause_ + std::chrono::milliseconds(spread(random_));
}

}  // namespace gatehouse::http::internal
