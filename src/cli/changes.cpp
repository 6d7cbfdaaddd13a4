// SPDX-License-Identifier: Apache-2.0
#include <istream>
#include <ostream>

#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxPassword = 1024;

/// What stands on standard input, without the line break at its end.
Result<std::string> read_password(const Invocation& invocation, Environment& environment) {
    if (!invocation.has("password-stdin")) {
        return fail(ErrorCode::kInvalid,
                    "give the password on standard input, with --password-stdin");
    }
    std::string password;
    for (char c = 0; password.size() <= kMaxPassword && environment.in.get(c);) {
        password.push_back(c);
    }
    if (password.ends_with('\n')) {
        password.pop_back();
    }
    if (password.ends_with('\r')) {
        password.pop_back();
    }
    if (password.empty() || password.size() > kMaxPassword || password.contains('\n')) {
        return fail(ErrorCode::kInvalid, "standard input must hold the password, in one line");
    }
    return password;
}

struct Change {
    std::string method, path;
    json::Object body;
    std::string done;        ///< what to say afterwards
    std::string question{};  ///< asked first, where something is destroyed
};

Result<Change> add_user(const Invocation& invocation, Environment& environment) {
    if (!invocation.has("email")) {
        return fail(ErrorCode::kInvalid, "users add needs --email");
    }
    auto password = read_password(invocation, environment);
    if (!password) {
        return std::unexpected(password.error());
    }
    json::Object body{{"name", invocation.arguments.front()},
                      {"email", invocation.get("email")},
                      {"password", *password}};
    json::Array groups;
    for (const std::string_view part : split(invocation.get("groups"), ',')) {
        if (const auto group = trim(part); !group.empty()) {
            groups.emplace_back(group);
        }
    }
    if (!groups.empty()) {
        body["groups"] = std::move(groups);
    }
    return Change{.method = "POST", .path = "users", .body = std::move(body), .done = "added"};
}

Result<Change> change_of(const Invocation& invocation, Environment& environment) {
    const std::string& command = invocation.command;
    const std::string target =
        invocation.arguments.empty() ? "" : percent_encode(invocation.arguments.front());
    if (command == "users add") {
        return add_user(invocation, environment);
    }
    if (command == "users set-password") {
        const auto password = read_password(invocation, environment);
        if (!password) {
            return std::unexpected(password.error());
        }
        return Change{"PATCH", "users/" + target, {{"password", *password}}, "changed"};
    }
    if (command == "users disable" || command == "users enable") {
        const bool disabled = command == "users disable";
        return Change{"PATCH",
                      "users/" + target,
                      {{"disabled", disabled}},
                      disabled ? "disabled" : "enabled"};
    }
    if (command == "users remove") {
        return Change{"DELETE", "users/" + target, {}, "removed", "Remove the account?"};
    }
    if (command == "connections revoke") {
        return Change{
            "DELETE", "connections/" + target, {}, "revoked", "Revoke the authorization?"};
    }
    if (command == "grants remove") {
        return Change{"DELETE",
                      "grants/" + target,
                      {},
                      "removed",
                      "Forget the downstream tokens, and end the person's connections there?"};
    }
    if (command == "servers remove") {
        return Change{"DELETE",
                      "servers/" + target,
                      {},
                      "removed",
                      "Detach the runtime? Its clients lose their connections."};
    }
    if (command == "profiles remove" || command == "policies remove" ||
        command == "budgets remove") {
        return Change{"DELETE",
                      command.substr(0, command.find(' ')) + "/" + target,
                      {},
                      "removed",
                      "Remove it?"};
    }
    if (command == "api-keys revoke") {
        return Change{"DELETE", "api-keys/" + target, {}, "revoked", "End the API key?"};
    }
    if (command == "admin-token rotate") {
        return Change{"POST", "admin-token/rotate", {}, "replaced", "Replace admin.token?"};
    }
    if (command == "keys rotate") {
        json::Object body;
        if (invocation.has("now")) {
            body["when"] = "now";
        }
        return Change{"POST", "keys/rotate", std::move(body), "published a new key:"};
    }
    if (command == "keys remove") {
        return Change{"DELETE", "keys/" + target, {}, "removed"};
    }
    return fail(ErrorCode::kInvalid, "unknown command " + command);
}

/// With the name that was meant, if one is near.
Error not_there(const Invocation& invocation, AdminApi& api, const std::string& named) {
    const std::string noun = invocation.command.substr(0, invocation.command.find(' '));
    std::vector<std::string> known;
    if (const auto items = api.list(noun)) {
        for (const json::Object& item : *items) {
            for (const char* member : {"id", "name"}) {
                if (const auto text = json::get_string(item, member)) {
                    known.push_back(*text);
                }
            }
        }
    }
    return {.code = ErrorCode::kNotFound,
            .message = "there is no " + named + nearest(named, known)};
}

}  // namespace

int run_change(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto change = change_of(invocation, environment);
    if (!change) {
        return misused(environment, change.error().message);
    }
    if (!change->question.empty() && !confirmed(invocation, environment, change->question)) {
        return kExitFailed;
    }
    const auto answer = api.change(change->method, change->path, change->body);
    const std::string named =
        invocation.arguments.empty() ? "" : sanitize_text(invocation.arguments.front(), 200);
    if (!answer) {
        return answer.error().code == ErrorCode::kNotFound
                   ? failed(environment, not_there(invocation, api, named))
                   : failed(environment, answer.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*answer) << "\n";
        return kExitOk;
    }
    environment.out << change->done << " " << (named.empty() ? cell(*answer, "id|kid") : named);
    if (invocation.command == "users add") {
        environment.out << " (" << cell(*answer, "id") << ")";
    } else if (invocation.command == "keys rotate") {
        environment.out << ", signs from " << cell(*answer, "sign_from");
    }
    environment.out << "\n";
    return kExitOk;
}

}  // namespace gatehouse::cli
