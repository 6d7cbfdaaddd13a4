// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <ostream>

#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

/// Personal access tokens.
namespace gatehouse::cli {
namespace {

constexpr std::array kTokens{Column{"ID", "id"},
                             Column{"NAME", "name"},
                             Column{"USER", "user"},
                             Column{"SERVER", "server"},
                             Column{"TOOLS", "tools"},
                             Column{"SCOPES", "scopes"},
                             Column{"EXPIRES", "expires_at"}};

json::Array parts_of(const std::string& text) {
    json::Array parts;
    for (const std::string_view part : split(text, ',')) {
        for (const std::string& word : split_words(part)) {
            parts.emplace_back(word);
        }
    }
    return parts;
}

int list_tokens(const Invocation& invocation, Environment& environment, AdminApi& api) {
    auto tokens = api.list("tokens");
    if (!tokens) {
        return failed(environment, tokens.error());
    }
    if (!invocation.has("json")) {
        environment.out << table(kTokens, *tokens);
        return kExitOk;
    }
    json::Array array;
    for (json::Object& token : *tokens) {
        array.emplace_back(std::move(token));
    }
    environment.out << json::dump(array) << "\n";
    return kExitOk;
}

int revoke_token(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& id = invocation.arguments.front();
    const auto answer = api.change("DELETE", "tokens/" + percent_encode(id), {});
    if (!answer) {
        return failed(environment, answer.error());
    }
    environment.out << (invocation.has("json") ? json::dump(*answer)
                                               : "revoked " + sanitize_text(id, 200))
                    << "\n";
    return kExitOk;
}

int add_token(const Invocation& invocation, Environment& environment, AdminApi& api) {
    for (const char* needed : {"user", "server"}) {
        if (!invocation.has(needed)) {
            return misused(environment, std::string("tokens add needs --") + needed);
        }
    }
    json::Object body{{"user", invocation.get("user")}, {"server", invocation.get("server")}};
    for (const char* list : {"tools", "scopes"}) {
        if (invocation.has(list)) {
            body[list] = parts_of(invocation.get(list));
        }
    }
    for (const char* text : {"name", "expires"}) {
        if (invocation.has(text)) {
            body[text] = invocation.get(text);
        }
    }
    const auto token = api.change("POST", "tokens", body);
    if (!token) {
        return failed(environment, token.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*token) << "\n";
        return kExitOk;
    }
    environment.out << json::get_string(*token, "token").value_or("") << "\n";
    environment.err << "This is the only time that the token is shown. Its id is "
                    << cell(*token, "id") << "; it ends at " << cell(*token, "expires_at") << ".\n";
    return kExitOk;
}

}  // namespace

int run_tokens(const Invocation& invocation, Environment& environment, AdminApi& api) {
    if (invocation.command == "tokens add") {
        return add_token(invocation, environment, api);
    }
    return invocation.command == "tokens revoke" ? revoke_token(invocation, environment, api)
                                                 : list_tokens(invocation, environment, api);
}

}  // namespace gatehouse::cli
