// SPDX-License-Identifier: Apache-2.0
#include "policy/glob.h"

#include <optional>

namespace gatehouse::policy {
namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t character_size(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && continues_character(text[size])) {
        ++size;
    }
    return size;
}

/// How much of the start of `text` the piece takes, or nothing.
std::optional<std::size_t> match_here(std::string_view piece, std::string_view text) {
    std::size_t at = 0;
    for (const char c : piece) {
        if (at == text.size()) {
            return std::nullopt;
        }
        if (c == '?') {
            at += character_size(text.substr(at));
        } else if (text[at] == c) {
            ++at;
        } else {
            return std::nullopt;
        }
    }
    return at;
}

/// The text behind the first place that the piece matches at, or nothing.
std::optional<std::string_view> skip_to(std::string_view piece, std::string_view text) {
    if (!piece.contains('?')) {
        const auto at = text.find(piece);
        return at == std::string_view::npos ? std::nullopt
                                            : std::optional(text.substr(at + piece.size()));
    }
    while (!text.empty()) {
        if (const auto taken = match_here(piece, text)) {
            return text.substr(*taken);
        }
        text.remove_prefix(character_size(text));
    }
    return std::nullopt;
}

/// True if the piece matches at the end of `text`.
bool match_end(std::string_view piece, std::string_view text) {
    if (!piece.contains('?')) {
        return text.ends_with(piece);
    }
    // From the back, as many characters as the piece has.
    std::size_t start = text.size();
    for (std::size_t i = piece.size(); i-- > 0;) {
        if (start == 0) {
            return false;
        }
        --start;
        if (piece[i] == '?') {
            while (start > 0 && continues_character(text[start])) {
                --start;
            }
        } else if (text[start] != piece[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

Glob::Glob(std::string_view pattern) {
    open_start_ = pattern.starts_with('*');
    open_end_ = pattern.ends_with('*');
    std::string piece;
    for (const char c : pattern) {
        if (c != '*') {
            piece += c;
        } else if (!piece.empty()) {
            pieces_.push_back(std::move(piece));
            piece.clear();
        }
    }
    if (!piece.empty()) {
        pieces_.push_back(std::move(piece));
    }
}

bool Glob::matches(std::string_view text) const {
    if (pieces_.empty()) {
        return open_start_ || text.empty();
    }
    std::size_t first = 0;
    std::size_t last = pieces_.size();
    if (!open_start_) {
        const auto taken = match_here(pieces_.front(), text);
        if (!taken) {
            return false;
        }
        text.remove_prefix(*taken);
        first = 1;
        if (first == last) {
            return open_end_ || text.empty();
        }
    }
    if (!open_end_) {
        --last;
    }
    for (std::size_t i = first; i < last; ++i) {
        const auto rest = skip_to(pieces_[i], text);
        if (!rest) {
            return false;
        }
        text = *rest;
    }
    return open_end_ || match_end(pieces_.back(), text);
}

}  // namespace gatehouse::policy
