// SPDX-License-Identifier: Apache-2.0
#include "http/chunked_decoder.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::http {

namespace {

constexpr std::uint32_t kMaxExtra = 16 * 1024;

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_text(char c) {
    const auto value = static_cast<std::uint8_t>(c);
    return (value >= 0x20 && value != 0x7f) || c == '\t';
}

}  // namespace

ChunkedDecoder::Outcome ChunkedDecoder::decode(std::span<char> bytes) {
    Outcome outcome;
    while (outcome.consumed < bytes.size() && !done() && !failed()) {
        if (state_ != State::kData) {
            state_ = next(bytes[outcome.consumed]);
            ++outcome.consumed;
            continue;
        }
        const auto size = static_cast<std::size_t>(
            std::min<std::uint64_t>(left_, bytes.size() - outcome.consumed));
        if (outcome.produced != outcome.consumed) {
            std::memmove(bytes.data() + outcome.produced, bytes.data() + outcome.consumed, size);
        }
        outcome.produced += size;
        outcome.consumed += size;
        left_ -= size;
        if (left_ == 0) {
            state_ = State::kDataCr;
        }
    }
    return outcome;
}

ChunkedDecoder::State ChunkedDecoder::next(char c) {
    switch (state_) {
        case State::kSizeStart:
        case State::kSize:
            return next_of_size(c);
        case State::kExtension:
        case State::kTrailerStart:
        case State::kTrailer:
            return next_of_text(c);
        case State::kSizeEnd:
            if (c != '\n') {
                return State::kFailed;
            }
            return left_ == 0 ? State::kTrailerStart : State::kData;
        case State::kDataCr:
            return c == '\r' ? State::kDataEnd : State::kFailed;
        case State::kDataEnd:
            return c == '\n' ? State::kSizeStart : State::kFailed;
        case State::kTrailerEnd:
            return c == '\n' ? State::kTrailerStart : State::kFailed;
        case State::kLastEnd:
            return c == '\n' ? State::kDone : State::kFailed;
        default:
            return State::kFailed;
    }
}

ChunkedDecoder::State ChunkedDecoder::next_of_size(char c) {
    if (const int digit = hex_value(c); digit >= 0) {
        if (left_ >> 56 != 0) {
            return State::kFailed;
        }
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        // Each zero in front of a size is a byte that costs us and gives nothing.
        return left_ == 0 && ++extra_ > kMaxExtra ? State::kFailed : State::kSize;
    }
    if (state_ == State::kSizeStart) {
        return State::kFailed;
    }
    if (c == '\r') {
        return State::kSizeEnd;
    }
    return c == ';' ? State::kExtension : State::kFailed;
}

ChunkedDecoder::State ChunkedDecoder::next_of_text(char c) {
    if (c == '\r') {
        switch (state_) {
            case State::kExtension:
                return State::kSizeEnd;
            case State::kTrailerStart:
                return State::kLastEnd;
            default:
                return State::kTrailerEnd;
        }
    }
    if (!is_text(c) || ++extra_ > kMaxExtra) {
        return State::kFailed;
    }
    return state_ == State::kExtension ? State::kExtension : State::kTrailer;
}

}  // namespace gatehouse::http
