// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "catalog/catalog.h"
#include "http/message.h"
#include "oauth/oauth_error.h"

namespace gatehouse::oauth {

/// True if the Content-Type, parameters aside, is `type`.
[[nodiscard]] bool has_media_type(const http::Request& request, std::string_view type);

/// The body of a token, revocation or introspection request (E01): form-encoded, each parameter at
/// most once except `resource`, an empty value is an absent one, the query does not count.
class FormRequest {
  public:
    [[nodiscard]] static OAuthResult<FormRequest> parse(const http::Request& request);

    /// Empty when absent.
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> get_all(std::string_view name) const;

    [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }

  private:
    explicit FormRequest(FormFields fields) : fields_(std::move(fields)) {}

    FormFields fields_;
};

/// E12, D10: every `resource` that was sent must mean the server's MCP URL, or its origin (D11);
/// none is fine.
[[nodiscard]] OAuthResult<void> check_resource(const FormRequest& form,
                                               const catalog::Server& server);

}  // namespace gatehouse::oauth
