// SPDX-License-Identifier: Apache-2.0
#include "storage/backup.h"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <system_error>

#include "base/encoding.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/internal/handlers.h"

namespace gatehouse::cli {
namespace {

storage::StoreAddress address_of(const config::Config& config) {
    return {.sqlite = config.database, .postgresql = config.postgresql};
}

int report(Environment& environment, const std::vector<config::Problem>& problems) {
    for (const config::Problem& problem : problems) {
        environment.err << describe(problem) << "\n";
    }
    return kExitUsage;
}

int explain(Environment& environment, const Error& error) {
    const bool is_about_input =
        error.code == ErrorCode::kForbidden || error.code == ErrorCode::kInvalid;
    environment.err << "gatehouse: " << describe(error) << "\n";
    return is_about_input ? kExitUsage : kExitFailed;
}

/// The configured keys, or the one that the gateway made in data_dir; none on a new machine.
std::vector<Secret> master_keys(const config::Config& config, const Environment& environment) {
    if (!config.master_keys.empty()) {
        return config.master_keys;
    }
    const auto text = environment.files.read_file(config.data_dir / "master.key");
    auto key = text ? base64_decode(trim(*text)) : std::nullopt;
    return key && key->size() == 32 ? std::vector<Secret>{Secret(std::move(*key))}
                                    : std::vector<Secret>{};
}

void print(const Invocation& invocation,
           Environment& environment,
           std::string_view what,
           const storage::BackupSummary& summary) {
    const std::string file = invocation.arguments.front();
    if (invocation.has("json")) {
        environment.out << json::dump(json::Object{{"file", file},
                                                   {"schema", summary.schema},
                                                   {"rows", summary.rows},
                                                   {"made_at", format_time(summary.made_at)}})
                        << "\n";
        return;
    }
    environment.out << fmt::format("{} {}: {} rows of {}, schema version {}\n", what, file,
                                   summary.rows, format_time(summary.made_at), summary.schema);
}

/// Whoever restores the wrong file wants back what was there.
Result<std::filesystem::path> keep_present(const config::Config& config,
                                           const Environment& environment) {
    const auto unused = storage::is_unused(address_of(config));
    if (!unused) {
        return std::unexpected(unused.error());
    }
    if (*unused) {
        return std::filesystem::path();
    }
    std::error_code ignored;
    std::filesystem::create_directories(config.data_dir, ignored);
    const auto now = to_unix_millis(environment.clock.now());
    auto file = config.data_dir / fmt::format("before-restore-{}.backup", now);
    const auto kept = storage::write_backup(address_of(config), file, environment.clock);
    return kept ? Result<std::filesystem::path>(std::move(file)) : std::unexpected(kept.error());
}

}  // namespace

int run_backup(const Invocation& invocation, Environment& environment) {
    const auto config = config::load(invocation.config_file(), environment.files);
    if (!config) {
        return report(environment, config.error());
    }
    const auto summary =
        storage::write_backup(address_of(*config), invocation.arguments.front(), environment.clock);
    if (!summary) {
        return explain(environment, summary.error());
    }
    print(invocation, environment, "wrote", *summary);
    return kExitOk;
}

int run_restore(const Invocation& invocation, Environment& environment) {
    const auto config = config::load(invocation.config_file(), environment.files);
    if (!config) {
        return report(environment, config.error());
    }
    const std::filesystem::path file = invocation.arguments.front();
    const auto keys = master_keys(*config, environment);
    if (const auto good = storage::check_backup(file, keys); !good) {
        return explain(environment, good.error());
    }
    const auto kept = keep_present(*config, environment);
    if (!kept) {
        return explain(environment, kept.error());
    }
    const auto summary = storage::restore_backup(address_of(*config), file, keys);
    if (!summary) {
        return explain(environment, summary.error());
    }
    if (!kept->empty()) {
        environment.err << "gatehouse: what was there before is in " << kept->string() << "\n";
    }
    if (keys.empty()) {
        environment.err << "gatehouse: bring the master key, too: master.key of the data_dir that "
                           "was backed up, or `master_key`\n";
    }
    print(invocation, environment, "restored", *summary);
    return kExitOk;
}

}  // namespace gatehouse::cli
