// SPDX-License-Identifier: Apache-2.0
#include "http/internal/forwarded.h"

#include <algorithm>
#include <optional>
#include <ranges>

#include "base/strings.h"
#include "http/http1_parser.h"

namespace gatehouse::http::internal {

namespace {

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1" or "[2001:db8::1]:80".
std::optional<net::IpAddress> parse_entry(std::string_view text) {
    if (const auto bare = net::IpAddress::parse(text)) {
        return bare;
    }
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        return close == std::string_view::npos ? std::nullopt
                                               : net::IpAddress::parse(text.substr(1, close - 1));
    }
    return net::IpAddress::parse(text.substr(0, text.find(':')));
}

/// Goes through `value` from the right; true when the search is over.
bool search(std::string_view value,
            std::span<const net::CidrBlock> trusted,
            std::string& client_ip) {
    for (;;) {
        const auto comma = value.rfind(',');
        const auto start = comma == std::string_view::npos ? 0 : comma + 1;
        const auto address = parse_entry(trim(value.substr(start)));
        if (!address) {
            return true;
        }
        client_ip = address->to_string();
        if (!is_trusted(trusted, *address)) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        value = value.substr(0, comma);
    }
}

}  // namespace

Result<Forwarded> read_forwarded(std::span<const HeaderView> headers,
                                 std::span<const net::CidrBlock> trusted) {
    Forwarded forwarded;
    bool over = false;
    for (const auto& header : std::views::reverse(headers)) {
        if (header.id != HeaderId::kOther) {
            continue;
        }
        if (!over && iequals(header.name, "x-forwarded-for")) {
            over = search(header.value, trusted, forwarded.client_ip);
        } else if (iequals(header.name, "x-forwarded-host")) {
            if (!forwarded.host.empty() || !is_host(header.value)) {
                return fail(ErrorCode::kInvalid, "X-Forwarded-Host is not one host");
            }
            forwarded.host = header.value;
        }
    }
    return forwarded;
}

bool is_trusted(std::span<const net::CidrBlock> trusted, const net::IpAddress& address) {
    return std::ranges::any_of(trusted, [&](const auto& block) { return block.contains(address); });
}

}  // namespace gatehouse::http::internal
