// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "net/address.h"

/// Looks at an MCP server from outside as one kind of client would, and says what that client would
/// stumble over. Works on any MCP server.
namespace gatehouse::doctor {

enum class Outcome { kPass, kWarn, kFail };

struct Check {
    std::string name;  ///< stable: "challenge", "resource_metadata.resource", …
    Outcome outcome = Outcome::kPass;
    std::string text;    ///< what was seen
    std::string remedy;  ///< what to do; empty when it passed
};

struct Report {
    std::string url, as;
    std::vector<Check> checks;  ///< in the order of the client's own steps

    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] json::Object to_json() const;
};

struct Question {
    std::string url;
    std::string as = "generic";
    Secret token;  ///< for what comes after sign-in; may be empty
};

/// What the doctor works with; everything must outlive the call.
struct Tools {
    http::Client& client;
    std::function<Result<std::vector<net::IpAddress>>(const std::string& host)> resolve;
};

/// "claude", "claude-code", … in the order of the manual.
[[nodiscard]] std::vector<std::string_view> client_names();

/// kInvalid for a URL that is none, or an unknown client. Blocks. It registers a client where that
/// client would; nobody signs in.
[[nodiscard]] Result<Report> examine(const Question& question, const Tools& tools);

}  // namespace gatehouse::doctor
