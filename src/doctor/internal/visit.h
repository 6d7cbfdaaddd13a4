// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/url.h"
#include "doctor/doctor.h"
#include "doctor/internal/profile.h"

namespace gatehouse::doctor {

/// One examination: what was found out so far, and the means to find out more.
struct Visit {
    const Question& question;
    const Tools& tools;
    const Profile& profile;
    Url url;
    Report report;

    bool open = false;         ///< answers without a token
    std::string challenge;     ///< the WWW-Authenticate field, if there is one good one
    json::Object resource;     ///< RFC 9728 document
    json::Object server;       ///< RFC 8414 document
    std::string client_id;     ///< what the client would use; empty: none
    std::string redirect_uri;  ///< of the client

    void pass(std::string name, std::string text);
    void warn(std::string name, std::string text, std::string remedy);
    void fail(std::string name, std::string text, std::string remedy);

    /// Like the client, redirects are not followed.
    [[nodiscard]] Result<http::ClientResponse> send(http::ClientRequest request) const;
    [[nodiscard]] Result<http::ClientResponse> get(const std::string& url) const;

    /// The URL's origin and path.
    [[nodiscard]] std::string origin() const { return url.origin(); }
};

/// Each asks what the one before made possible; false ends the visit.
[[nodiscard]] bool check_address(Visit& visit);
[[nodiscard]] bool check_endpoint(Visit& visit);
[[nodiscard]] bool check_resource_metadata(Visit& visit);
[[nodiscard]] bool check_server_metadata(Visit& visit);
[[nodiscard]] bool check_registration(Visit& visit);
void check_authorize(Visit& visit);
void check_token_endpoint(Visit& visit);
void check_cors(Visit& visit);
void check_session(Visit& visit);

/// JSON of an answer; nothing for what is not a JSON object.
[[nodiscard]] std::optional<json::Object> json_of(const http::ClientResponse& response);
[[nodiscard]] bool looks_like_html(const http::ClientResponse& response);
/// The value of `name="…"` or `name=…` in a challenge.
[[nodiscard]] std::string challenge_parameter(std::string_view challenge, std::string_view name);
/// The body of the `initialize` that clients knock with.
[[nodiscard]] std::string initialize_body();

}  // namespace gatehouse::doctor
