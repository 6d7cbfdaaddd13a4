// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "soak_protocol.h"

/// Requests of the soak, and whether what comes back is what was asked for.
namespace gatehouse::bench {

struct Caller {
    std::string email, token, session;
};

struct Asked {
    std::uint64_t call = 0;
    Kind kind = Kind::kQuick;
    std::size_t caller = 0;
};

/// From a file with a line for each: email, token and session, with blanks between.
[[nodiscard]] std::vector<Caller> read_callers(const std::string& path);

/// The call's number goes along as its trace, by which the log is searched afterwards.
[[nodiscard]] std::string request_for(const Asked& asked, const Caller& caller, std::uint16_t port);

/// Takes in an answer piece by piece.
class Answer {
  public:
    enum class State : std::uint8_t {
        kMore,         ///< fine so far
        kComplete,     ///< as it must be
        kUnreachable,  ///< 502, 503 or broken off: the runtime is away
        kWrong,
    };

    void expect(const Asked& asked, const Caller& caller);
    State take(std::string_view bytes);

    [[nodiscard]] bool has_begun() const { return begun_; }

    /// What was wrong.
    [[nodiscard]] const std::string& wrong() const { return wrong_; }

  private:
    State take_head();
    State take_whole();
    State take_chunked();
    State judge_events(std::string_view events);
    State fail(std::string_view what);

    Asked asked_;
    std::string email_;
    std::string head_, raw_, text_;
    std::optional<std::size_t> length_;  ///< none: chunked
    int status_ = 0;
    std::uint64_t notices_ = 0;  ///< events of the stream that have come
    bool begun_ = false;
    std::string wrong_;
};

}  // namespace gatehouse::bench
