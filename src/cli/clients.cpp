// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <ostream>

#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

/// What operators do to MCP clients.
namespace gatehouse::cli {
namespace {

constexpr std::array kBlocks{Column{"KIND", "kind"}, Column{"HOST", "host"},
                             Column{"SINCE", "blocked_at"}};
constexpr std::size_t kMaxShown = 200;

int list_blocks(const Invocation& invocation, Environment& environment, AdminApi& api) {
    auto blocks = api.list("blocks");
    if (!blocks) {
        return failed(environment, blocks.error());
    }
    if (!invocation.has("json")) {
        environment.out << table(kBlocks, *blocks);
        return kExitOk;
    }
    json::Array array;
    for (json::Object& block : *blocks) {
        array.emplace_back(std::move(block));
    }
    environment.out << json::dump(array) << "\n";
    return kExitOk;
}

std::optional<std::string> kind_of(std::string_view word) {
    if (word == "redirect-host") {
        return "redirect_host";
    }
    return word == "document-host" ? std::optional<std::string>("document_host") : std::nullopt;
}

int tell(const Invocation& invocation,
         Environment& environment,
         const Result<json::Object>& answer,
         std::string_view done) {
    if (!answer) {
        return failed(environment, answer.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*answer) << "\n";
    } else {
        environment.out << done << " " << sanitize_text(invocation.arguments.back(), kMaxShown)
                        << "\n";
    }
    return kExitOk;
}

int change_block(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const bool is_block = invocation.command == "clients block";
    const auto kind = kind_of(invocation.arguments.front());
    if (!kind || invocation.arguments.size() != 2) {
        return misused(environment, invocation.command +
                                        " needs a kind and a host: redirect-host HOST or "
                                        "document-host HOST");
    }
    const std::string& host = invocation.arguments[1];
    return tell(invocation, environment,
                is_block ? api.change("POST", "blocks", {{"kind", *kind}, {"host", host}})
                         : api.change("DELETE", "blocks/" + percent_encode(*kind + ":" + host), {}),
                is_block ? "blocked" : "unblocked");
}

}  // namespace

int run_clients(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& command = invocation.command;
    if (command == "clients blocks") {
        return list_blocks(invocation, environment, api);
    }
    if (command == "clients block" || command == "clients unblock") {
        return change_block(invocation, environment, api);
    }
    const std::string path = "clients/" + percent_encode(invocation.arguments.front());
    if (command == "clients remove") {
        return tell(invocation, environment, api.change("DELETE", path, {}), "removed");
    }
    const bool disabled = command == "clients disable";
    return tell(invocation, environment, api.change("PATCH", path, {{"disabled", disabled}}),
                disabled ? "disabled" : "enabled");
}

}  // namespace gatehouse::cli
