// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "cli/cli.h"
#include "cli/internal/commands.h"
#include "cli/internal/handlers.h"
#include "cli/version.h"

namespace gatehouse::cli {
namespace {

void complain(Environment& environment, std::string_view message) {
    const bool in_colour = environment.terminal && environment.terminal->colours;
    environment.err << (in_colour ? "\x1b[31mgatehouse:\x1b[0m " : "gatehouse: ") << message
                    << "\n";
}

/// The command, as far as it was understood, tells how to use it.
int explain_usage(const Invocation& invocation, Environment& environment) {
    environment.err << "gatehouse: " << invocation.message << "\n\n"
                    << help_text(find_command(invocation.command) != nullptr ? invocation.command
                                                                             : "");
    return kExitUsage;
}

std::optional<int> check_serve(const Invocation& invocation, Environment& environment) {
    const auto file = invocation.config_file();
    const auto content = environment.files.read_file(file);
    if (content || content.error().code != ErrorCode::kNotFound) {
        return std::nullopt;
    }
    environment.err << "gatehouse: there is no configuration file " << file.string()
                    << "\n\nWrite one with `gatehouse init " << file.string()
                    << "`, which makes a commented file to start from. It needs at least:\n\n"
                       "  public_url: http://127.0.0.1:8080\n"
                       "  sign_in: {local: {enabled: true}}\n"
                       "  servers:\n"
                       "    todo: {runtime: http://127.0.0.1:9000/mcp}\n\n"
                       "A file elsewhere is named with --config FILE.\n";
    return kExitUsage;
}

int run_remote(const Invocation& invocation, Environment& environment) {
    auto api = AdminApi::connect(invocation, environment);
    if (!api) {
        failed(environment, api.error());
        return api.error().code == ErrorCode::kInvalid ? kExitUsage : kExitFailed;
    }
    const std::string& command = invocation.command;
    if (command == "status") {
        return run_status(invocation, environment, *api);
    }
    if (command == "logs") {
        return run_logs(invocation, environment, *api);
    }
    if (command == "connections attempts") {
        return run_attempts(invocation, environment, *api);
    }
    if (command == "logs export") {
        return run_logs_export(invocation, environment, *api);
    }
    if (command == "logs verify") {
        return run_logs_verify(invocation, environment, *api);
    }
    if (command.starts_with("runtimes ")) {
        return run_runtimes(invocation, environment, *api);
    }
    if (command.starts_with("clients ") && command != "clients list") {
        return run_clients(invocation, environment, *api);
    }
    if (command.starts_with("tokens ")) {
        return run_tokens(invocation, environment, *api);
    }
    if (command == "budgets list") {
        return run_budgets(invocation, environment, *api);
    }
    if (command == "attach") {
        return run_attach(invocation, environment, *api);
    }
    if (command == "servers export") {
        return run_export(invocation, environment, *api);
    }
    if (command == "api-keys add") {
        return run_api_key_add(invocation, environment, *api);
    }
    if (command == "pause" || command == "resume") {
        return run_pause(invocation, environment, *api);
    }
    if (command == "policy test") {
        return run_policy_test(invocation, environment, *api);
    }
    if (command == "policy replay") {
        return run_policy_replay(invocation, environment, *api);
    }
    if (command == "users reset-link") {
        return run_reset_link(invocation, environment, *api);
    }
    if (command == "users export") {
        return run_user_export(invocation, environment, *api);
    }
    const bool is_list = !command.contains(' ') || command.ends_with(" list");
    return is_list ? run_list(invocation, environment, *api)
                   : run_change(invocation, environment, *api);
}

}  // namespace

int failed(Environment& environment, const Error& error) {
    complain(environment, error.message);
    return kExitFailed;
}

int misused(Environment& environment, const std::string& message) {
    complain(environment, message);
    return kExitUsage;
}

std::optional<int> run(const Invocation& invocation, Environment& environment) {
    switch (invocation.kind) {
        case Invocation::Kind::kHelp:
            environment.out << help_text(invocation.command);
            return kExitOk;
        case Invocation::Kind::kVersion:
            environment.out << "gatehouse " << kVersion << "\n";
            return kExitOk;
        case Invocation::Kind::kUsageError:
            return explain_usage(invocation, environment);
        case Invocation::Kind::kCommand:
            break;
    }
    if (invocation.command == "serve") {
        return check_serve(invocation, environment);
    }
    if (invocation.command == "init") {
        return run_init(invocation, environment);
    }
    if (invocation.command == "completion") {
        return run_completion(invocation, environment);
    }
    if (invocation.command == "manual") {
        return run_manual(invocation, environment);
    }
    if (invocation.command == "check") {
        return run_check(invocation, environment);
    }
    if (invocation.command == "doctor") {
        return run_doctor(invocation, environment);
    }
    if (invocation.command == "tools" || invocation.command == "call") {
        return run_as_client(invocation, environment);
    }
    if (invocation.command == "backup") {
        return run_backup(invocation, environment);
    }
    if (invocation.command == "restore") {
        return run_restore(invocation, environment);
    }
    return run_remote(invocation, environment);
}

}  // namespace gatehouse::cli
