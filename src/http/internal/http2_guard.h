// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace gatehouse::http::internal {

/// How much a peer may ask of us without getting anywhere: each nuisance costs, work that was done
/// for the peer gives back, and so does time.
class Http2Guard {
  public:
    enum class Nuisance : std::uint8_t {
        kReset,   ///< a stream that ended before its answer (CVE-2023-44487), or a bad frame
        kControl  ///< a frame that carries nothing of a request
    };

    explicit Http2Guard(SteadyTime now) : filled_(now) {}

    /// False: it was one too many.
    [[nodiscard]] bool bear(Nuisance nuisance, SteadyTime now);
    void stream_completed();
    void data_sent(std::size_t size);

  private:
    void refill(SteadyTime now);

    SteadyTime filled_;
    std::uint32_t resets_ = kResets, controls_ = kControls;

    static constexpr std::uint32_t kResets = 256, kResetsPerSecond = 32;
    static constexpr std::uint32_t kControls = 512, kControlsPerSecond = 64;
};

}  // namespace gatehouse::http::internal
