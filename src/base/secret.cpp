// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <cstring>

#include "base/strings.h"

namespace gatehouse {

bool Secret::matches(std::string_view candidate) const {
    return constant_time_equal(value_, candidate);
}

void Secret::wipe() {
    if (!value_.empty()) {
        explicit_bzero(value_.data(), value_.size());
        value_.clear();
    }
}

}  // namespace gatehouse
