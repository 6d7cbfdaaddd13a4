// SPDX-License-Identifier: Apache-2.0
#include "proxy/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "audit/redaction.h"
#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxRecorded = 32U << 10U;
/// Records are read back by a parser that goes no deeper.
constexpr std::size_t kMaxDepth = 32;

/// The words that make a name a secret's, by their first letter. Short ones count only as the
/// whole name: `pin` must not hide `shipping`.
constexpr std::array<std::string_view, 5> kWordsWithP{"password", "passwd", "passphrase", "private",
                                                      "pin"};
constexpr std::array<std::string_view, 3> kWordsWithS{"secret", "session", "signature"};
constexpr std::array<std::string_view, 4> kWordsWithA{"apikey", "api_key", "api-key",
                                                      "authorization"};
constexpr std::array<std::string_view, 2> kWordsWithC{"cookie", "credential"};
constexpr std::array<std::string_view, 1> kWordsWithT{"token"};
constexpr std::array<std::string_view, 1> kWordsWithO{"otp"};

constexpr std::array<std::string_view, 8> kSecretStarts{"eyJ",  "Bearer ", "Basic ", "sk-",
                                                        "ghp_", "xox",     "gth_",   "-----BEGIN"};

std::span<const std::string_view> words_with(char letter) {
    switch (letter) {
        case 'p':
            return kWordsWithP;
        case 's':
            return kWordsWithS;
        case 'a':
            return kWordsWithA;
        case 'c':
            return kWordsWithC;
        case 't':
            return kWordsWithT;
        case 'o':
            return kWordsWithO;
        default:
            return {};
    }
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool begins_with(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) {
        return false;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (lower(text[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

constexpr auto kBeginsAWord = [] {
    std::array<bool, 256> begins{};
    for (const char c : std::string_view("psactoPSACTO")) {
        begins[static_cast<unsigned char>(c)] = true;
    }
    return begins;
}();

bool is_secret_name(std::string_view name) {
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (!kBeginsAWord[static_cast<unsigned char>(name[at])]) {
            continue;
        }
        const auto rest = name.substr(at);
        for (const std::string_view word : words_with(lower(rest.front()))) {
            const bool counts = word.size() > 3 || (at == 0 && name.size() == word.size());
            if (counts && begins_with(rest, word)) {
                return true;
            }
        }
    }
    return false;
}

bool looks_secret(std::string_view text) {
    if (text.empty() || !std::string_view("eBsgx-").contains(text.front())) {
        return false;
    }
    return std::ranges::any_of(kSecretStarts,
                               [&](std::string_view start) { return text.starts_with(start); });
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::optional<std::uint32_t> read_hex4(std::string_view text) {
    if (text.size() < 4) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (const char c : text.substr(0, 4)) {
        const char digit = lower(c);
        if (digit >= '0' && digit <= '9') {
            value = value * 16 + static_cast<std::uint32_t>(digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            value = value * 16 + static_cast<std::uint32_t>(digit - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

/// Takes `uXXXX`, or two of them that make one character, off the front of `text`.
bool take_unicode(std::string_view& text, std::string& out) {
    const auto first = read_hex4(text.substr(1));
    if (!first) {
        return false;
    }
    text.remove_prefix(5);
    if (*first < 0xD800 || *first > 0xDFFF) {
        append_utf8(out, *first);
        return true;
    }
    const auto second = text.starts_with("\\u") ? read_hex4(text.substr(2)) : std::nullopt;
    if (*first > 0xDBFF || !second || *second < 0xDC00 || *second > 0xDFFF) {
        return false;
    }
    text.remove_prefix(6);
    append_utf8(out, 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00));
    return true;
}

/// What the inside of a JSON string means.
std::optional<std::string> unescape(std::string_view text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    std::string out;
    while (!text.empty()) {
        const auto plain = text.substr(0, text.find('\\'));
        out += plain;
        text.remove_prefix(plain.size());
        if (text.empty()) {
            break;
        }
        text.remove_prefix(1);
        if (text.starts_with('u')) {
            if (!take_unicode(text, out)) {
                return std::nullopt;
            }
            continue;
        }
        const auto name = text.empty() ? std::string_view::npos : kNames.find(text.front());
        if (name == std::string_view::npos) {
            return std::nullopt;
        }
        out += kMeant[name];
        text.remove_prefix(1);
    }
    return out;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_scalar_part(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
           c == 'E';
}

/// Copies one JSON value without white space, masking on the way. What it cannot follow it refuses.
class Redactor {
  public:
    Redactor(std::string_view in, std::string& out) : in_(in), out_(out) {}

    [[nodiscard]] bool run() {
        skip_space();
        if (!copy_value(0)) {
            return false;
        }
        skip_space();
        copy_up_to(at_);
        return at_ == in_.size();
    }

  private:
    struct Text {
        std::string_view inside;  ///< between the quotes, as written
        bool escaped = false;
    };

    [[nodiscard]] char next() const { return at_ < in_.size() ? in_[at_] : '\0'; }

    /// Everything before `end` that was not copied yet; what comes next begins at `at_`.
    void copy_up_to(std::size_t end) {
        out_.append(in_, copied_, end - copied_);
        copied_ = at_;
    }

    void skip_space() {
        if (!is_space(next())) {
            return;
        }
        const std::size_t end = at_;
        while (is_space(next())) {
            ++at_;
        }
        copy_up_to(end);
    }

    [[nodiscard]] bool take(char c) {
        skip_space();
        if (next() != c) {
            return false;
        }
        ++at_;
        return true;
    }

    [[nodiscard]] bool take_string(Text& text) {
        if (next() != '"') {
            return false;
        }
        const std::size_t begin = ++at_;
        auto end = in_.find('"', begin);
        if (end != std::string_view::npos) {
            text.escaped = in_.substr(begin, end - begin).contains('\\');
            end = text.escaped ? end_of_escaped(begin) : end;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        text.inside = in_.substr(begin, end - begin);
        at_ = end + 1;
        return true;
    }

    /// Where the string from `begin` ends; npos when it does not.
    [[nodiscard]] std::size_t end_of_escaped(std::size_t begin) const {
        std::size_t at = begin;
        while (at < in_.size() && in_[at] != '"') {
            at += in_[at] == '\\' ? 2 : 1;
        }
        return at < in_.size() ? at : std::string_view::npos;
    }

    /// A number, true, false or null: the classifier read it, so its end is enough.
    [[nodiscard]] bool take_scalar() {
        std::size_t at = at_;
        while (at < in_.size() && is_scalar_part(in_[at])) {
            ++at;
        }
        return std::exchange(at_, at) != at;
    }

    [[nodiscard]] bool copy_value(std::size_t depth) {
        switch (next()) {
            case '{':
                return copy_object(depth + 1);
            case '[':
                return copy_array(depth + 1);
            case '"':
                return copy_string();
            default:
                return take_scalar();
        }
    }

    [[nodiscard]] bool copy_string() {
        const std::size_t begin = at_;
        Text text;
        if (!take_string(text)) {
            return false;
        }
        const auto secret = judge(text, looks_secret);
        if (secret.value_or(false)) {
            mask_from(begin);
        }
        return secret.has_value();
    }

    [[nodiscard]] bool copy_object(std::size_t depth) {
        if (depth > kMaxDepth) {
            return false;
        }
        ++at_;
        skip_space();
        if (next() == '}') {
            ++at_;
            return true;
        }
        do {
            skip_space();
            if (!copy_member(depth)) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    [[nodiscard]] bool copy_member(std::size_t depth) {
        Text name;
        if (!take_string(name)) {
            return false;
        }
        const auto secret = judge(name, is_secret_name);
        if (!secret || !take(':')) {
            return false;
        }
        skip_space();
        if (!*secret) {
            return copy_value(depth);
        }
        const std::size_t begin = at_;
        if (!skip_value()) {
            return false;
        }
        mask_from(begin);
        return true;
    }

    [[nodiscard]] bool copy_array(std::size_t depth) {
        if (depth > kMaxDepth) {
            return false;
        }
        ++at_;
        skip_space();
        if (next() == ']') {
            ++at_;
            return true;
        }
        do {
            skip_space();
            if (!copy_value(depth)) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    /// Goes behind a value that nobody will see.
    [[nodiscard]] bool skip_value() {
        std::size_t open = 0;
        do {
            while (is_space(next()) || next() == ',' || next() == ':') {
                ++at_;
            }
            const char c = next();
            Text text;
            if (c == '{' || c == '[') {
                ++open;
                ++at_;
            } else if (open > 0 && (c == '}' || c == ']')) {
                --open;
                ++at_;
            } else if (c == '"' ? !take_string(text) : !take_scalar()) {
                return false;
            }
        } while (open > 0);
        return true;
    }

    /// Puts the mask where the value from `begin` up to here stands.
    void mask_from(std::size_t begin) {
        copy_up_to(begin);
        out_ += '"';
        out_ += audit::kRedacted;
        out_ += '"';
    }

    template <typename Test>
    [[nodiscard]] static std::optional<bool> judge(const Text& text, Test test) {
        if (!text.escaped) {
            return test(text.inside);
        }
        const auto meant = unescape(text.inside);
        return meant ? std::optional(test(*meant)) : std::nullopt;
    }

    std::string_view in_;
    std::string& out_;
    std::size_t at_ = 0, copied_ = 0;
};

void leave_out(std::string& out, std::size_t bytes) {
    out = R"({")";
    out += audit::kLeftOut;
    out += R"(":)";
    out += std::to_string(bytes);
    out += '}';
}

}  // namespace

void record_arguments(std::string& out, std::string_view arguments, catalog::Capture capture) {
    out.clear();
    if (capture == catalog::Capture::kNone || arguments.empty()) {
        return;
    }
    if (arguments.size() > kMaxRecorded) {
        leave_out(out, arguments.size());
    } else if (capture == catalog::Capture::kFull) {
        out = arguments;
    } else if (!Redactor(arguments, out).run()) {
        // Nested deeper than records are: nothing of it can be shown safely.
        leave_out(out, arguments.size());
    }
}

std::string record_error(std::string_view text) {
    constexpr std::size_t kMaxError = 300;
    std::string out;
    bool mask_next = false;
    const std::string clean = sanitize_text(text, kMaxError);
    for (const std::string_view word : split(clean, ' ')) {
        out.append(out.empty() ? "" : " ");
        const auto start = word.find_first_not_of("\"'(=:<");
        const auto bare = start == std::string_view::npos ? std::string_view() : word.substr(start);
        const bool scheme = iequals(bare, "bearer") || iequals(bare, "basic");
        out += (mask_next && !bare.empty()) || looks_secret(bare) ? "[redacted]" : word;
        mask_next = scheme;
    }
    return out;
}

}  // namespace gatehouse::proxy
