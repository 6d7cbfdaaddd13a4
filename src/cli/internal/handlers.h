// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/cli.h"
#include "cli/internal/admin_api.h"

/// One function a command or a family of them; each gives the exit code.
namespace gatehouse::cli {

int run_init(const Invocation& invocation, Environment& environment);
int run_doctor(const Invocation& invocation, Environment& environment);
int run_check(const Invocation& invocation, Environment& environment);
int run_backup(const Invocation& invocation, Environment& environment);
int run_restore(const Invocation& invocation, Environment& environment);

int run_list(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_status(const Invocation& invocation, Environment& environment, AdminApi& api);
/// Everything that changes something: users, connections, grants, keys.
int run_change(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_completion(const Invocation& invocation, Environment& environment);
int run_manual(const Invocation& invocation, Environment& environment);
int run_attach(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_export(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_api_key_add(const Invocation& invocation, Environment& environment, AdminApi& api);
/// `users reset-link` and `users export`.
int run_reset_link(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_user_export(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_budgets(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_pause(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_runtimes(const Invocation& invocation, Environment& environment, AdminApi& api);
/// Needs the admin API only for a server's URL, and not for one that is written out.
int run_as_client(const Invocation& invocation, Environment& environment);
/// All but the list.
int run_clients(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_tokens(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_logs(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_attempts(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_logs_export(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_logs_verify(const Invocation& invocation, Environment& environment, AdminApi& api);

int run_policy_test(const Invocation& invocation, Environment& environment, AdminApi& api);
int run_policy_replay(const Invocation& invocation, Environment& environment, AdminApi& api);

/// "1h" ago or an instant, as the API wants it.
[[nodiscard]] Result<std::string> since_text(const std::string& typed, const Clock& clock);

/// True when the person says yes, or said so with `--yes`. Asked on a terminal only: a script that
/// names what to destroy has decided.
[[nodiscard]] bool confirmed(const Invocation& invocation,
                             Environment& environment,
                             const std::string& question);
/// "; did you mean `x`?", or nothing when no candidate is near.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);
/// The `gatehouse(1)` page in roff, from the table of commands.
[[nodiscard]] std::string manual_page();
/// Says what went wrong on standard error; the exit code.
int failed(Environment& environment, const Error& error);
/// A command used wrongly in a way that the parser cannot see.
int misused(Environment& environment, const std::string& message);

}  // namespace gatehouse::cli
