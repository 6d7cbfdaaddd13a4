// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_url.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::size_t kMaxUrlBytes = 512;

std::unexpected<Error> refuse_url(std::string_view why) {
    return fail(ErrorCode::kInvalid, "client_id is no metadata URL: " + std::string(why));
}

bool is_dot_segment(std::string_view segment) {
    const auto decoded = percent_decode(segment);
    return !decoded || *decoded == "." || *decoded == "..";
}

}  // namespace

bool names_metadata_document(std::string_view client_id) {
    return client_id.starts_with(kScheme);
}

Result<Url> parse_metadata_url(std::string_view client_id) {
    if (!names_metadata_document(client_id)) {
        return refuse_url("it must begin with https://");
    }
    if (client_id.size() > kMaxUrlBytes) {
        return refuse_url("it is longer than 512 characters");
    }
    auto url = parse_url(client_id);
    if (!url) {
        return refuse_url(url.error().message);
    }
    if (url->has_userinfo) {
        return refuse_url("it must not have user information");
    }
    if (url->has_fragment) {
        return refuse_url("it must not have a fragment");
    }
    if (url->path.empty()) {
        return refuse_url("it must have a path");
    }
    if (std::ranges::any_of(split(url->path, '/'), is_dot_segment)) {
        return refuse_url("its path must not have dot segments");
    }
    return url;
}

}  // namespace gatehouse::oauth
