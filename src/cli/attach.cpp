// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ostream>
#include <set>

#include "base/strings.h"
#include "base/url.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"
#include "config/additions.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxName = 63;

/// Letters, digits and dashes, or nothing: what may be a server's name.
std::string to_name(std::string_view text) {
    std::string name;
    for (const char c : to_lower(text.substr(0, kMaxName))) {
        const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_word) {
            name += c;
        } else if (!name.empty() && name.back() != '-') {
            name += '-';
        }
    }
    while (name.ends_with('-')) {
        name.pop_back();
    }
    return name;
}

/// What the runtime calls itself, else what its URL says.
std::string suggested_name(const json::Object& probe, const Url& url) {
    if (auto name = to_name(cell(probe, "server.name|server_info.name|name")); !name.empty()) {
        return name;
    }
    for (const std::string_view segment : split(url.path, '/')) {
        if (segment != "mcp" && segment != "sse" && !to_name(segment).empty()) {
            return to_name(segment);
        }
    }
    const std::string label = to_name(std::string_view(url.host).substr(0, url.host.find('.')));
    const bool is_number = !label.empty() && label.front() >= '0' && label.front() <= '9';
    return url.is_loopback() || label.empty() || is_number ? "runtime" : label;
}

std::string free_name(const std::string& wanted, const std::vector<json::Object>& servers) {
    std::set<std::string, std::less<>> taken;
    for (const json::Object& server : servers) {
        taken.insert(cell(server, "name"));
    }
    std::string name = wanted;
    for (int number = 2; taken.contains(name); ++number) {
        name = wanted + "-" + std::to_string(number);
    }
    return name;
}

json::Object definition_of(const Invocation& invocation, const std::string& url) {
    json::Object definition{{"runtime", url}};
    if (invocation.has("profile")) {
        definition["profile"] = invocation.get("profile");
    }
    return definition;
}

std::vector<std::string> tool_names(const json::Object& probe) {
    std::vector<std::string> names;
    const json::Value* const tools = probe.if_contains("tools");
    if (tools == nullptr || !tools->is_array()) {
        return names;
    }
    for (const json::Value& tool : tools->get_array()) {
        if (tool.is_object()) {
            names.push_back(cell(tool.get_object(), "name"));
        } else if (tool.is_string()) {
            names.push_back(sanitize_text(std::string_view(tool.get_string()), 100));
        }
    }
    return names;
}

void print_probe(std::ostream& out, const json::Object& probe) {
    if (probe.empty()) {
        return;
    }
    out << "revision:   " << cell(probe, "revision|protocol_version") << "\n";
    const auto names = tool_names(probe);
    out << "tools:      " << (names.empty() ? "none without a user's token" : join(names, ", "))
        << "\n";
}

/// What the runtime says of itself; empty, and said so, when it cannot be asked.
json::Object probe_runtime(Environment& environment, AdminApi& api, const std::string& url) {
    auto probe = api.change("POST", "runtimes/probe", {{"url", url}});
    if (!probe) {
        environment.err << "gatehouse: the runtime was not looked at: " << probe.error().message
                        << "\n";
        return {};
    }
    return *std::move(probe);
}

int print_yaml(Environment& environment, const std::string& name, json::Object definition) {
    const config::Addition addition{.kind = config::Addition::Kind::kServer,
                                    .name = name,
                                    .server = {},
                                    .object = std::move(definition)};
    environment.out << config::export_yaml(std::span(&addition, 1));
    return kExitOk;
}

}  // namespace

int run_attach(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& text = invocation.arguments.front();
    const auto url = parse_url(text);
    if (!url || (url->scheme != "http" && url->scheme != "https")) {
        return misused(environment,
                       "expected the runtime's URL, such as http://127.0.0.1:9000/mcp");
    }
    const json::Object probe = probe_runtime(environment, api, text);
    const auto servers = api.list("servers");
    if (!servers && !invocation.has("print")) {
        return failed(environment, servers.error());
    }
    const std::string name = invocation.has("name")
                                 ? invocation.get("name")
                                 : free_name(suggested_name(probe, *url),
                                             servers ? *servers : std::vector<json::Object>{});
    json::Object definition = definition_of(invocation, text);
    if (invocation.has("print")) {
        return print_yaml(environment, name, std::move(definition));
    }
    definition["name"] = name;
    auto made = api.change("POST", "servers", definition);
    if (!made) {
        return failed(environment, made.error());
    }
    if (invocation.has("json")) {
        if (!probe.empty()) {
            made->insert_or_assign("probe", probe);
        }
        environment.out << json::dump(*made) << "\n";
        return kExitOk;
    }
    environment.out << "attached    " << name << "\n";
    print_probe(environment.out, probe);
    environment.out << "public URL: " << cell(*made, "url") << "\n";
    return kExitOk;
}

int run_export(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string query = invocation.arguments.empty()
                                  ? ""
                                  : "?" + encode_form({{"server", invocation.arguments.front()}});
    const auto answer = api.get("export" + query);
    if (!answer) {
        return failed(environment, answer.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*answer) << "\n";
    } else {
        environment.out << json::get_string(*answer, "yaml").value_or("");
    }
    return kExitOk;
}

}  // namespace gatehouse::cli
