// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

/// Always on: a failed check is a bug of ours, and going on would be worse than stopping.
#define GATEHOUSE_ASSERT(condition)                                                              \
    do {                                                                                         \
        if (!(condition)) [[unlikely]] {                                                         \
            std::fputs("gatehouse: assertion failed: " #condition " at " __FILE__ "\n", stderr); \
            std::abort();                                                                        \
        }                                                                                        \
    } while (false)
