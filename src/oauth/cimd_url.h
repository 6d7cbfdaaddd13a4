// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/url.h"

namespace gatehouse::oauth {

/// A client id of this form names a metadata document and is never looked up as anything else
/// (C20).
[[nodiscard]] bool names_metadata_document(std::string_view client_id);

/// The URL of a metadata document, judged by its text as it was sent (C21): https, a path without
/// dot segments, neither fragment nor user information, at most 512 characters. A port and a query
/// are fine. The message may be shown.
[[nodiscard]] Result<Url> parse_metadata_url(std::string_view client_id);

}  // namespace gatehouse::oauth
