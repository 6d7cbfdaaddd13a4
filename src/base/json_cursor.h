// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse {

/// Walks through JSON text where it is: nothing is copied, nothing allocated, and what is passed
/// over is checked as strictly as what is read (RFC 8259: no comments, no trailing commas, no raw
/// control characters). The text must be UTF-8; whoever needs that to be so checks it first. After
/// the first failure every step fails.
class JsonCursor {
  public:
    enum class Type : std::uint8_t {
        kObject,
        kArray,
        kString,
        kNumber,
        kTrue,
        kFalse,
        kNull,
        kNone
    };

    /// What stands between the quotes of a string, as it is written.
    struct RawString {
        std::string_view text;
        bool escaped = false;  ///< `text` is not what it means yet
    };

    /// Values may be nested this deep.
    static constexpr std::size_t kMaxDepth = 1024;

    explicit JsonCursor(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    /// Of the value ahead; kNone when none can begin here.
    [[nodiscard]] Type type();
    /// Passes the value ahead.
    [[nodiscard]] bool skip();
    /// As `skip`; `raw` gets its text, without blanks around it.
    [[nodiscard]] bool skip(std::string_view& raw);
    [[nodiscard]] bool read(RawString& string);

    /// Passes the object ahead: `on_member(RawString key)` passes each value, or ends the walk by
    /// saying false.
    template <typename OnMember>
    [[nodiscard]] bool read_object(OnMember&& on_member) {
        if (!open('{', '}')) {
            return closed_;
        }
        do {
            RawString key;
            if (!read_key(key) || !on_member(key) || failed_) {
                return false;
            }
        } while (follows('}'));
        return closed_;
    }

    /// Passes the array ahead: `on_element()` passes each element, or ends the walk by saying
    /// false.
    template <typename OnElement>
    [[nodiscard]] bool read_array(OnElement&& on_element) {
        if (!open('[', ']')) {
            return closed_;
        }
        do {
            if (!on_element() || failed_) {
                return false;
            }
        } while (follows(']'));
        return closed_;
    }

    /// True when only blanks are left.
    [[nodiscard]] bool at_end();

    /// Where the value ahead begins, or the last one ended.
    [[nodiscard]] const char* position() const { return at_; }

  private:
    bool fail() {
        failed_ = true;
        return false;
    }

    /// Between a bracket and its first value; false, with `closed_`, when there is none.
    [[nodiscard]] bool open(char opening, char closing);
    /// After a value: true when another one follows, else `closed_` tells whether all is well.
    [[nodiscard]] bool follows(char closing);
    [[nodiscard]] bool read_key(RawString& key);
    [[nodiscard]] bool skip_nested();
    void pass_blanks();
    [[nodiscard]] bool pass_string(bool& escaped);
    [[nodiscard]] bool pass_escape();
    [[nodiscard]] bool pass_number();
    [[nodiscard]] bool pass_digits();
    [[nodiscard]] bool pass_word(std::string_view word);
    [[nodiscard]] bool pass_scalar();

    const char* at_;
    const char* end_;
    std::size_t depth_ = 0;
    bool failed_ = false;
    bool closed_ = false;
};

/// What a raw string means, as UTF-8. False for what has none: half of a surrogate pair.
[[nodiscard]] bool unescape(JsonCursor::RawString string, std::string& out);

}  // namespace gatehouse
