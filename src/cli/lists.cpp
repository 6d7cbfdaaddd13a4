// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

constexpr std::array kServers{Column{"NAME", "name"},       Column{"URL", "url"},
                              Column{"RUNTIME", "runtime"}, Column{"PROFILE", "profile"},
                              Column{"SIGN-IN", "sign_in"}, Column{"SCOPES", "scopes"}};
constexpr std::array kProfiles{Column{"NAME", "name"}, Column{"ISSUER", "issuer"},
                               Column{"CLIENT", "client.id"}, Column{"SCOPES", "scopes"}};
constexpr std::array kUsers{Column{"NAME", "name"},         Column{"EMAIL", "email"},
                            Column{"GROUPS", "groups"},     Column{"SOURCE", "source"},
                            Column{"DISABLED", "disabled"}, Column{"ID", "id"}};
constexpr std::array kClients{Column{"ID", "id"}, Column{"NAME", "name|client_name"},
                              Column{"KIND", "kind|source"}, Column{"SERVER", "server"},
                              Column{"ORIGIN", "origin"}};
constexpr std::array kConnections{
    Column{"ID", "id"},         Column{"USER", "user"},
    Column{"SERVER", "server"}, Column{"CLIENT", "client_name|client"},
    Column{"SCOPES", "scopes"}, Column{"LAST USED", "last_used_at|created_at"}};
constexpr std::array kGrants{Column{"ID", "id"},
                             Column{"USER", "user"},
                             Column{"SERVER", "server"},
                             Column{"PROFILE", "profile"},
                             Column{"STATE", "state"},
                             Column{"SCOPES", "scopes"},
                             Column{"EXPIRES", "expires_at"}};
constexpr std::array kKeys{Column{"ID", "id|kid"}, Column{"ALGORITHM", "alg|algorithm"},
                           Column{"STATE", "state"}, Column{"CREATED", "created_at"},
                           Column{"SIGNS FROM", "sign_from"}};
constexpr std::array kPolicies{Column{"ID", "id"}, Column{"EFFECT", "effect|defined.effect"},
                               Column{"SERVER", "server"}, Column{"WHEN", "when|defined.when"},
                               Column{"ORIGIN", "origin"}};
constexpr std::array kApiKeys{Column{"NAME", "name"},          Column{"ROLE", "role"},
                              Column{"EXPIRES", "expires_at"}, Column{"LAST USED", "last_used_at"},
                              Column{"MADE BY", "made_by"},    Column{"ID", "id"}};

struct Noun {
    std::string_view name;
    std::span<const Column> columns;
};

constexpr std::array kNouns{
    Noun{"servers", kServers}, Noun{"profiles", kProfiles},       Noun{"users", kUsers},
    Noun{"clients", kClients}, Noun{"connections", kConnections}, Noun{"grants", kGrants},
    Noun{"keys", kKeys},       Noun{"api-keys", kApiKeys},        Noun{"policies", kPolicies}};

void print_members(std::ostream& out, const json::Object& object, const std::string& prefix) {
    for (const auto& member : object) {
        const std::string name = prefix + std::string(member.key());
        if (member.value().is_object()) {
            print_members(out, member.value().get_object(), name + ".");
        } else {
            out << name << ": " << cell(object, member.key()) << "\n";
        }
    }
}

}  // namespace

int run_list(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string noun = invocation.command.substr(0, invocation.command.find(' '));
    auto items = api.list(noun);
    if (!items) {
        return failed(environment, items.error());
    }
    if (invocation.has("json")) {
        json::Array array;
        for (json::Object& item : *items) {
            array.emplace_back(std::move(item));
        }
        environment.out << json::dump(array) << "\n";
        return kExitOk;
    }
    const auto known = std::ranges::find(kNouns, noun, &Noun::name);
    environment.out << table(known->columns, *items, environment.terminal);
    return kExitOk;
}

int run_status(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto status = api.get("status");
    if (!status) {
        return failed(environment, status.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*status) << "\n";
    } else {
        print_members(environment.out, *status, "");
    }
    return kExitOk;
}

}  // namespace gatehouse::cli
