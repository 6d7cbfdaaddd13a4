// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <system_error>

#include "config/config.h"
#include "config/internal/build.h"
#include "config/internal/checker.h"
#include "config/internal/dump.h"
#include "config/internal/merge.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(file, error);
    return (error ? file : absolute).lexically_normal().parent_path();
}

/// The origin that everything public starts with; reports what else stands there.
void build_public_url(const Section& root, const BuildContext& context, catalog::Catalog& catalog) {
    const auto url = parse_url(root.text("public_url"));
    if (!url) {
        return;
    }
    if ((!url->path.empty() && url->path != "/") || url->has_query) {
        context.report(root, "public_url",
                       "expected scheme, host and port only, such as " + in_ticks(url->origin()));
    }
    catalog.public_origin = url->origin();
    catalog.secure = url->scheme == "https";
}

catalog::TokenSettings build_tokens(const Section& tokens) {
    const auto seconds = [&](std::string_view name) {
        return std::chrono::ceil<std::chrono::seconds>(tokens.duration(name));
    };
    return {.access_ttl = seconds("access_ttl"),
            .refresh_ttl = seconds("refresh_ttl"),
            .refresh_idle = seconds("refresh_idle"),
            .code_ttl = seconds("code_ttl"),
            .refresh_grace = seconds("refresh_grace"),
            .signing_alg = tokens.text("signing_alg") == "RS256" ? catalog::SigningAlg::kRs256
                                                                 : catalog::SigningAlg::kEs256};
}

catalog::RuntimeChecks build_runtime_checks(const Section& checks) {
    return {.every = std::chrono::ceil<std::chrono::seconds>(checks.duration("every")),
            .timeout = checks.duration("timeout")};
}

Section root_section(const Node& document) {
    return {&document, "", "", document.at};
}

}  // namespace

LoadOutcome parse(std::string_view text,
                  const std::filesystem::path& file,
                  const Environment& environment) {
    return parse(text, file, environment, {});
}

LoadOutcome parse(std::string_view text,
                  const std::filesystem::path& file,
                  const Environment& environment,
                  std::span<const Addition> additions) {
    Problems problems(file.string());
    auto document = parse_document(text);
    if (!document) {
        problems.add(document.error().at, "", document.error().message);
        return std::unexpected(problems.take());
    }
    Merger merger(*document, problems);
    for (const Addition& addition : additions) {
        merger.add(addition);
    }
    const auto folder = folder_of(file);
    Checker(environment, folder, problems).check_section(*document, "", "");
    const Section root = root_section(*document);
    const BuildContext context{.environment = environment, .folder = folder, .problems = problems};
    Config config{.file = folder / file.filename()};
    auto catalog = std::make_shared<catalog::Catalog>();
    build_process(root, context, config);
    build_public_url(root, context, *catalog);
    catalog->tokens = build_tokens(root.section("tokens"));
    catalog->runtime_checks = build_runtime_checks(root.section("runtime_checks"));
    build_sign_in(root, context, *catalog);
    build_profiles(root, context, *catalog);
    build_servers(root, context, *catalog);
    if (!problems.empty()) {
        return std::unexpected(merger.readable(problems.take()));
    }
    config.catalog = std::move(catalog);
    config.additions = merger.take();
    config.redacted_yaml = dump_redacted(*document);
    return config;
}

LoadOutcome load(const std::filesystem::path& file, const Environment& environment) {
    const auto text = environment.read_file(file);
    if (!text) {
        return std::unexpected(std::vector<Problem>{
            {.file = file.string(), .path = "", .message = describe(text.error())}});
    }
    return parse(*text, file, environment);
}

namespace {

bool same_secret(const Secret& a, const Secret& b) {
    return a.reveal() == b.reveal();
}

bool same_webhook(const std::optional<Export::Webhook>& a,
                  const std::optional<Export::Webhook>& b) {
    if (!a || !b) {
        return !a && !b;
    }
    return a->url == b->url && same_secret(a->secret, b->secret) && a->events == b->events;
}

bool same_otlp(const std::optional<Export::Otlp>& a, const std::optional<Export::Otlp>& b) {
    if (!a || !b) {
        return !a && !b;
    }
    return a->url == b->url && a->logs == b->logs && a->traces == b->traces &&
           std::ranges::equal(a->headers, b->headers, [](const auto& x, const auto& y) {
               return x.first == y.first && same_secret(x.second, y.second);
           });
}

bool same_exports(const Export& a, const Export& b) {
    return a.file == b.file && same_webhook(a.webhook, b.webhook) && same_otlp(a.otlp, b.otlp);
}

}  // namespace

std::vector<std::string> non_reloadable_changes(const Config& running, const Config& next) {
    std::vector<std::string> changes;
    const auto note = [&](bool differs, std::string_view key) {
        if (differs) {
            changes.emplace_back(key);
        }
    };
    note(running.catalog->public_origin != next.catalog->public_origin, "public_url");
    note(running.listen != next.listen, "listen");
    note(running.admin.listen != next.admin.listen, "admin.listen");
    note(running.data_dir != next.data_dir, "data_dir");
    note(running.database != next.database || !running.postgresql.matches(next.postgresql.reveal()),
         "store");
    note(running.audit != next.audit, "audit");
    note(!same_exports(running.exports, next.exports), "export");
    return changes;
}

Result<LocalAdmin> local_admin(const std::filesystem::path& file, const Environment& environment) {
    const auto folder = folder_of(file);
    const auto text = environment.read_file(file);
    if (!text && text.error().code != ErrorCode::kNotFound) {
        return std::unexpected(text.error());
    }
    auto document = parse_document(text ? *text : "");
    if (!document) {
        return fail(ErrorCode::kInvalid, file.string() + ": " + document.error().message);
    }
    Problems problems(file.string());
    Checker checker(environment, folder, problems);
    for (Entry& entry : document->entries) {
        if (entry.name == "data_dir" || entry.name == "admin") {
            checker.check_key(entry.value, *find_key(entry.name), entry.name);
        }
    }
    if (!problems.empty()) {
        return fail(ErrorCode::kInvalid, describe(problems.take().front()));
    }
    const Section root = root_section(*document);
    const auto listen = parse_address(root.section("admin").text("listen"));
    return LocalAdmin{.listen = listen.value_or(ListenAddress{}),
                      .data_dir = (folder / root.text("data_dir")).lexically_normal()};
}

}  // namespace gatehouse::config
