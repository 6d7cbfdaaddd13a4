// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::policy {

/// What stands at a JSON pointer.
struct Found {
    enum class Kind : std::uint8_t {
        kAbsent,
        kNull,
        kBool,
        kNumber,
        kString,
        kContainer,
        kUnclear,  ///< nobody can say what a runtime will see there
    };

    Kind kind = Kind::kAbsent;
    std::string text;  ///< a string's characters, a number as written, "true" or "false"
};

/// Strings longer than this are kUnclear: searching them could take a while.
inline constexpr std::size_t kMaxString = 256U << 10U;

/// The JSON pointers (RFC 6901) of a policy. All of them are looked up in one walk.
class PointerTree {
  public:
    /// The number of the pointer, the same for the same text. Nothing for a text that is none.
    std::optional<std::size_t> add(std::string_view pointer);

    [[nodiscard]] std::size_t size() const { return count_; }

  private:
    friend class ArgumentReader;

    struct Node {
        std::map<std::string, std::size_t, std::less<>> children;  ///< by decoded token
        std::optional<std::size_t> number;
    };

    std::vector<Node> nodes_{1};
    std::size_t count_ = 0;
};

/// Reads arguments for one tree at a time. One thread; reused.
class ArgumentReader {
  public:
    ArgumentReader();
    ~ArgumentReader();
    ArgumentReader(const ArgumentReader&) = delete;
    ArgumentReader& operator=(const ArgumentReader&) = delete;
    ArgumentReader(ArgumentReader&&) = delete;
    ArgumentReader& operator=(ArgumentReader&&) = delete;

    /// `json` is an object that was read strictly, with mcp::kPadding readable bytes behind it, or
    /// empty when there are no arguments. What is found for each pointer, valid until the next
    /// `read`; all are kUnclear if the text cannot be read. A string with something inside
    /// according to a pointer makes that kUnclear, because some runtimes unpack JSON in strings.
    [[nodiscard]] std::span<const Found> read(const PointerTree& tree, std::string_view json);
    /// For arguments of which nobody can say what they are.
    [[nodiscard]] std::span<const Found> read_nothing(const PointerTree& tree);

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::vector<Found> found_;  ///< kept, so that its texts keep their memory
};

}  // namespace gatehouse::policy
