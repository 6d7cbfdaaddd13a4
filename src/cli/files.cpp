// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>

#include "base/json.h"
#include "cli/internal/handlers.h"

namespace gatehouse::cli {
namespace {

std::filesystem::path target_of(const Invocation& invocation) {
    if (invocation.arguments.empty()) {
        return invocation.config_file();
    }
    const std::filesystem::path path = invocation.arguments.front();
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) ? path / "gatehouse.yaml" : path;
}

json::Array problems_json(const std::vector<config::Problem>& problems) {
    json::Array list;
    for (const config::Problem& problem : problems) {
        list.emplace_back(json::Object{{"file", problem.file},
                                       {"line", problem.line},
                                       {"column", problem.column},
                                       {"path", problem.path},
                                       {"message", problem.message}});
    }
    return list;
}

int report_problems(const Invocation& invocation,
                    Environment& environment,
                    const std::vector<config::Problem>& problems) {
    for (const config::Problem& problem : problems) {
        environment.err << describe(problem) << "\n";
    }
    if (invocation.has("json")) {
        environment.out << json::dump(
                               json::Object{{"ok", false}, {"problems", problems_json(problems)}})
                        << "\n";
    }
    return kExitUsage;
}

void print_summary(Environment& environment, const config::Config& config) {
    environment.out << "configuration ok: " << config.file.string() << "\n";
    for (const catalog::Server& server : config.catalog->servers) {
        environment.out << "  " << server.mcp_url << " (sign-in: " << server.sign_in;
        if (!server.profile.empty()) {
            environment.out << ", profile: " << server.profile;
        }
        environment.out << ")\n";
    }
    if (config.catalog->servers.empty()) {
        environment.out << "  no servers yet\n";
    }
}

}  // namespace

int run_init(const Invocation& invocation, Environment& environment) {
    const std::filesystem::path path = target_of(invocation);
    std::error_code error;
    if (std::filesystem::exists(path, error) && !invocation.has("force")) {
        return failed(environment,
                      {.code = ErrorCode::kConflict,
                       .message = path.string() + " is there already; --force replaces it"});
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << config::sample_yaml();
    file.close();
    if (!file) {
        return failed(environment, {.code = ErrorCode::kUnavailable,
                                    .message = path.string() + " cannot be written"});
    }
    if (invocation.has("json")) {
        environment.out << json::dump(json::Object{{"path", path.string()}}) << "\n";
        return kExitOk;
    }
    environment.out << "wrote " << path.string() << "\nnext: gatehouse serve --config "
                    << path.string() << "\n";
    return kExitOk;
}

int run_check(const Invocation& invocation, Environment& environment) {
    const auto outcome = config::load(invocation.config_file(), environment.files);
    if (!outcome) {
        return report_problems(invocation, environment, outcome.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(json::Object{{"ok", true},
                                                   {"problems", json::Array{}},
                                                   {"servers", outcome->catalog->servers.size()},
                                                   {"profiles", outcome->catalog->profiles.size()}})
                        << "\n";
    } else if (invocation.has("effective")) {
        environment.out << outcome->redacted_yaml;
    } else {
        print_summary(environment, *outcome);
    }
    return kExitOk;
}

}  // namespace gatehouse::cli
