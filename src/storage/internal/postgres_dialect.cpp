// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/postgres_dialect.h"

#include <algorithm>
#include <cstdint>

#include "base/strings.h"

namespace gatehouse::storage {
namespace {

enum class Kind : std::uint8_t { kEnd, kWord, kOther, kVerbatim, kSpace };

struct Token {
    Kind kind = Kind::kEnd;
    std::string_view text;
};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Splits SQL into words, single other characters, white space, and what is taken as it is:
/// literals, quoted names, comments. The pieces together are the text.
class Scanner {
  public:
    explicit Scanner(std::string_view sql) : rest_(sql) {}

    Token next() {
        if (rest_.empty()) {
            return {};
        }
        const char c = rest_.front();
        if (is_word(c)) {
            return take(Kind::kWord, run_of(is_word));
        }
        if (is_space(c)) {
            return take(Kind::kSpace, run_of(is_space));
        }
        if (c == '\'' || c == '"') {
            // A doubled quote ends one piece and begins the next.
            return take(Kind::kVerbatim, end_after(std::string_view(&c, 1), 1));
        }
        if (rest_.starts_with("--")) {
            return take(Kind::kVerbatim, end_after("\n", 2));
        }
        if (rest_.starts_with("/*")) {
            return take(Kind::kVerbatim, end_after("*/", 2));
        }
        return take(Kind::kOther, 1);
    }

  private:
    template <typename Predicate>
    [[nodiscard]] std::size_t run_of(Predicate predicate) const {
        return static_cast<std::size_t>(std::ranges::find_if_not(rest_, predicate) - rest_.begin());
    }

    [[nodiscard]] std::size_t end_after(std::string_view mark, std::size_t from) const {
        const auto at = rest_.find(mark, from);
        return at == std::string_view::npos ? rest_.size() : at + mark.size();
    }

    Token take(Kind kind, std::size_t size) {
        const Token token{.kind = kind, .text = rest_.substr(0, size)};
        rest_.remove_prefix(size);
        return token;
    }

    std::string_view rest_;
};

/// What comes next is IS, as in `? IS NULL`.
bool is_tested_for_null(Scanner rest) {
    Token token = rest.next();
    while (token.kind == Kind::kSpace) {
        token = rest.next();
    }
    return token.kind == Kind::kWord && to_lower(token.text) == "is";
}

std::string type_of(std::string_view word, std::string_view word_before) {
    const std::string name = to_lower(word);
    if (name == "integer") {
        return "BIGINT";
    }
    if (name == "blob") {
        return "BYTEA";
    }
    if (name == "real") {
        return "DOUBLE PRECISION";
    }
    // A column may be called text; a CAST takes no collation.
    if (word == "TEXT" && to_lower(word_before) != "as") {
        return "TEXT COLLATE \"C\"";
    }
    return std::string(word);
}

constexpr unsigned char to_byte(char c) {
    return static_cast<unsigned char>(c);
}

/// The length of the well-formed character that `text` starts with; 0 when there is none.
std::size_t character_length(std::string_view text) {
    const auto first = to_byte(text.front());
    const auto follows = [&](std::size_t at, unsigned low = 0x80U, unsigned high = 0xBFU) {
        return at < text.size() && to_byte(text[at]) >= low && to_byte(text[at]) <= high;
    };
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xE0U && first <= 0xEFU) {
        const unsigned low = first == 0xE0U ? 0xA0U : 0x80U;
        const unsigned high = first == 0xEDU ? 0x9FU : 0xBFU;  // no surrogates
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const unsigned low = first == 0xF0U ? 0x90U : 0x80U;
        const unsigned high = first == 0xF4U ? 0x8FU : 0xBFU;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// U+F700 to U+F7FF: EF 9C 80 to EF 9F BF.
bool is_escape(std::string_view text) {
    return text.size() >= 3 && to_byte(text[0]) == 0xEFU && to_byte(text[1]) >= 0x9CU &&
           to_byte(text[1]) <= 0x9FU && (to_byte(text[2]) & 0xC0U) == 0x80U;
}

void append_escape(std::string& out, char byte) {
    out += static_cast<char>(0xEFU);
    out += static_cast<char>(0x9CU | (to_byte(byte) >> 6U));
    out += static_cast<char>(0x80U | (to_byte(byte) & 0x3FU));
}

bool is_plain(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char c) { return c != '\0' && to_byte(c) < 0x80U; });
}

}  // namespace

NumberedSql number_parameters(std::string_view sql) {
    NumberedSql numbered;
    numbered.sql.reserve(sql.size() + 32);
    Scanner scanner(sql);
    for (Token token = scanner.next(); token.kind != Kind::kEnd; token = scanner.next()) {
        if (token.kind == Kind::kOther && token.text == "?") {
            const std::string parameter = "$" + std::to_string(++numbered.parameters);
            // Only there PostgreSQL has nothing to infer the type of a NULL from.
            numbered.sql +=
                is_tested_for_null(scanner) ? "CAST(" + parameter + " AS TEXT)" : parameter;
        } else {
            numbered.sql += token.text;
        }
    }
    return numbered;
}

std::string to_postgres_types(std::string_view script) {
    std::string translated;
    std::string_view word_before;
    Scanner scanner(script);
    for (Token token = scanner.next(); token.kind != Kind::kEnd; token = scanner.next()) {
        if (token.kind == Kind::kWord) {
            translated += type_of(token.text, word_before);
            word_before = token.text;
        } else {
            translated += token.text;
            if (token.kind == Kind::kOther) {
                word_before = {};
            }
        }
    }
    return translated;
}

std::string to_postgres_text(std::string_view bytes) {
    if (is_plain(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    text.reserve(bytes.size() + 16);
    while (!bytes.empty()) {
        const auto length = bytes.front() == '\0' ? 0 : character_length(bytes);
        if (length == 0) {
            append_escape(text, bytes.front());
            bytes.remove_prefix(1);
            continue;
        }
        const auto character = bytes.substr(0, length);
        if (is_escape(character)) {
            for (const char byte : character) {
                append_escape(text, byte);
            }
        } else {
            text += character;
        }
        bytes.remove_prefix(length);
    }
    return text;
}

std::string from_postgres_text(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    while (!text.empty()) {
        if (is_escape(text)) {
            bytes +=
                static_cast<char>(((to_byte(text[1]) & 0x03U) << 6U) | (to_byte(text[2]) & 0x3FU));
            text.remove_prefix(3);
        } else {
            bytes += text.front();
            text.remove_prefix(1);
        }
    }
    return bytes;
}

}  // namespace gatehouse::storage
