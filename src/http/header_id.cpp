// SPDX-License-Identifier: Apache-2.0
#include "http/header_id.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "http/internal/char_tables.h"

namespace gatehouse::http {

namespace {

struct Known {
    std::string_view name;
    HeaderId id;
};

constexpr std::array kKnown{Known{"te", HeaderId::kTe},
                            Known{"host", HeaderId::kHost},
                            Known{"date", HeaderId::kDate},
                            Known{"accept", HeaderId::kAccept},
                            Known{"cookie", HeaderId::kCookie},
                            Known{"expect", HeaderId::kExpect},
                            Known{"origin", HeaderId::kOrigin},
                            Known{"server", HeaderId::kServer},
                            Known{"trailer", HeaderId::kTrailer},
                            Known{"upgrade", HeaderId::kUpgrade},
                            Known{"location", HeaderId::kLocation},
                            Known{"mcp-name", HeaderId::kMcpName},
                            Known{"connection", HeaderId::kConnection},
                            Known{"keep-alive", HeaderId::kKeepAlive},
                            Known{"mcp-method", HeaderId::kMcpMethod},
                            Known{"set-cookie", HeaderId::kSetCookie},
                            Known{"user-agent", HeaderId::kUserAgent},
                            Known{"retry-after", HeaderId::kRetryAfter},
                            Known{"traceparent", HeaderId::kTraceparent},
                            Known{"content-type", HeaderId::kContentType},
                            Known{"x-request-id", HeaderId::kXRequestId},
                            Known{"authorization", HeaderId::kAuthorization},
                            Known{"cache-control", HeaderId::kCacheControl},
                            Known{"last-event-id", HeaderId::kLastEventId},
                            Known{"content-length", HeaderId::kContentLength},
                            Known{"mcp-session-id", HeaderId::kMcpSessionId},
                            Known{"accept-encoding", HeaderId::kAcceptEncoding},
                            Known{"proxy-connection", HeaderId::kProxyConnection},
                            Known{"www-authenticate", HeaderId::kWwwAuthenticate},
                            Known{"transfer-encoding", HeaderId::kTransferEncoding},
                            Known{"mcp-protocol-version", HeaderId::kMcpProtocolVersion}};

constexpr std::size_t kLongest = 20;

/// Where the names of each length begin in kKnown; the last entry is its end.
constexpr auto kFirstOfLength = [] {
    std::array<std::uint8_t, kLongest + 2> first{};
    for (std::size_t length = 0; length < first.size(); ++length) {
        std::uint8_t at = 0;
        while (at < kKnown.size() && kKnown[at].name.size() < length) {
            ++at;
        }
        first[length] = at;
    }
    return first;
}();

std::uint64_t word_at(const char* p) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    return word;
}

/// True when eight characters are those of `lower`, whatever the case of letters. Of what known
/// names are made of, letters alone have the bit 0x40.
bool same_word(const char* name, const char* lower) {
    constexpr std::uint64_t kLetters = 0x4040404040404040;
    const std::uint64_t wanted = word_at(lower);
    return (word_at(name) | ((wanted & kLetters) >> 1U)) == wanted;
}

bool equals_lower(const char* name, const char* lower, std::size_t size) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (size < kWord) {
        for (std::size_t i = 0; i < size; ++i) {
            if ((name[i] | ((lower[i] & 0x40) >> 1)) != lower[i]) {
                return false;
            }
        }
        return true;
    }
    for (std::size_t i = 0; i + kWord < size; i += kWord) {
        if (!same_word(name + i, lower + i)) {
            return false;
        }
    }
    return same_word(name + size - kWord, lower + size - kWord);
}

}  // namespace

HeaderId header_id(std::string_view name) {
    if (name.size() > kLongest) {
        return HeaderId::kOther;
    }
    const auto end = kFirstOfLength[name.size() + 1];
    for (auto i = kFirstOfLength[name.size()]; i < end; ++i) {
        if (equals_lower(name.data(), kKnown[i].name.data(), name.size())) {
            return kKnown[i].id;
        }
    }
    return HeaderId::kOther;
}

bool is_field_name(std::string_view name) {
    return !name.empty() && internal::all_in(internal::kToken, name);
}

bool is_field_value(std::string_view value) {
    const auto* const end = value.data() + value.size();
    return internal::find_control(value.data(), end) == end;
}

bool is_framing_field(HeaderId id) {
    switch (id) {
        case HeaderId::kConnection:
        case HeaderId::kContentLength:
        case HeaderId::kTransferEncoding:
        case HeaderId::kKeepAlive:
        case HeaderId::kTe:
        case HeaderId::kTrailer:
        case HeaderId::kUpgrade:
        case HeaderId::kProxyConnection:
            return true;
        default:
            return false;
    }
}

}  // namespace gatehouse::http
