// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/encoding.h"
#include "base/strings.h"
#include "config/internal/build.h"
#include "config/internal/store_url.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

constexpr std::size_t kMasterKeyBytes = 32;

std::filesystem::path absolute(const BuildContext& context, std::string_view path) {
    return (context.folder / path).lexically_normal();
}

std::vector<std::string> lower_all(std::vector<std::string> texts) {
    std::ranges::transform(texts, texts.begin(), to_lower);
    return texts;
}

std::vector<std::string> blocks(const Section& section, std::string_view name) {
    std::vector<std::string> found;
    for (const std::string& text : section.texts(name)) {
        if (auto block = parse_cidr(text)) {
            found.push_back(*std::move(block));
        }
    }
    return found;
}

void build_listen(const Section& root, const BuildContext& context, Config& config) {
    for (const Located& value : root.located("listen")) {
        const auto address = parse_address(value.text);
        if (!address) {
            continue;
        }
        if (address->port != 0 &&
            std::ranges::find(config.listen, *address) != config.listen.end()) {
            context.problems.add(value.at, "listen",
                                 "`listen`: " + in_ticks(value.text) + " is written twice");
            continue;
        }
        config.listen.push_back(*address);
    }
}

void build_admin(const Section& root, const BuildContext& context, Config& config) {
    const Section admin = root.section("admin");
    if (const auto address = parse_address(admin.text("listen"))) {
        config.admin.listen = *address;
        if (!is_loopback(*address)) {
            context.report(admin, "listen",
                           "beyond loopback the admin listener needs TLS, which is not available "
                           "in this version");
        }
        if (address->port != 0 &&
            std::ranges::find(config.listen, *address) != config.listen.end()) {
            context.report(admin, "listen", "the public listener has this address already");
        }
    }
    config.admin.sign_in = admin.text("sign_in");
    config.admin.emails = lower_all(admin.texts("emails"));
    const Section oidc = root.section("sign_in");
    std::vector<std::string> names;
    for (const Section& entry : oidc.named("oidc")) {
        names.push_back(entry.name());
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    if (!config.admin.sign_in.empty() && !contains(names, config.admin.sign_in)) {
        context.report(admin, "sign_in",
                       "there is no entry " + in_ticks(config.admin.sign_in) +
                           " in `sign_in.oidc`" + suggestion(config.admin.sign_in, known));
    }
}

void build_limits(const Section& limits, Config& config) {
    config.limits = {.request_body = limits.number("request_body"),
                     .header_bytes = limits.number("header_bytes"),
                     .connections = limits.number("connections"),
                     .upstream_timeout = limits.duration("upstream_timeout"),
                     .idle_stream = limits.duration("idle_stream")};
}

void build_store(const Section& root, const BuildContext& context, Config& config) {
    constexpr std::string_view kSqlite = "sqlite:";
    config.data_dir = absolute(context, root.text("data_dir"));
    const std::string store = root.text("store");
    if (store.empty()) {
        config.database = config.data_dir / "gatehouse.db";
    } else if (names_postgres(store)) {
        if (const auto complaint = complaint_about_postgres(store)) {
            context.report(root, "store", *complaint);
        }
        if (!root.is_given("master_key")) {
            // Replicas that each made a key of their own could not read what the others sealed.
            context.report(root, "store",
                           "a store that replicas share needs a `master_key`: 32 bytes in base64, "
                           "the same for all of them (`openssl rand -base64 32` makes one)");
        }
        config.postgresql = Secret(store);
    } else if (store.starts_with(kSqlite) && store.size() > kSqlite.size()) {
        config.database = absolute(context, store.substr(kSqlite.size()));
    } else {
        context.report(root, "store",
                       "expected `sqlite:` and the path of a file, or "
                       "`postgresql://user:password@host/database`");
    }
}

void build_master_keys(const Section& root, const BuildContext& context, Config& config) {
    for (const Located& value : root.located("master_key")) {
        auto key = base64_decode(value.text);
        if (!key) {
            key = base64url_decode(value.text);
        }
        if (!key || key->size() != kMasterKeyBytes) {
            context.problems.add(value.at, "master_key",
                                 "`master_key`: expected 32 bytes in base64");
            continue;
        }
        config.master_keys.emplace_back(*std::move(key));
    }
}

/// The absolute path of the file that a key names; reports one that cannot be read.
std::string readable_file(const Section& section,
                          std::string_view name,
                          const BuildContext& context) {
    const std::string written = section.text(name);
    if (written.empty()) {
        return {};
    }
    const std::filesystem::path path = absolute(context, written);
    if (!context.environment.read_file(path)) {
        context.report(section, name, "the file " + in_ticks(written) + " cannot be read");
    }
    return path.string();
}

void build_tls(const Section& root, const BuildContext& context, Config& config) {
    if (root.is_given("tls")) {
        const Section tls = root.section("tls");
        config.tls = {.certificate = readable_file(tls, "certificate", context),
                      .key = readable_file(tls, "key", context)};
    }
}

void build_outbound(const Section& root, const BuildContext& context, Config& config) {
    const Section outbound = root.section("outbound");
    config.outbound.allow_private = blocks(outbound.section("client_urls"), "allow_private");
    config.outbound.ca_certificates = readable_file(outbound, "ca_certificates", context);
}

void build_audit(const Section& root, const BuildContext& context, Config& config) {
    const Section audit = root.section("audit");
    config.audit = {.continue_on_failure = audit.text("on_failure") == "continue",
                    .journal_limit = audit.number("journal_limit")};
    const Section exports = root.section("export");
    if (exports.is_given("file")) {
        const Section file = exports.section("file");
        const std::string path = file.text("path");
        config.exports.file = {.path = path == "-" ? path : absolute(context, path).string(),
                               .max_size = file.number("max_size"),
                               .keep = file.number("keep")};
    }
    if (exports.is_given("webhook")) {
        const Section webhook = exports.section("webhook");
        config.exports.webhook = {.url = webhook.text("url"),
                                  .secret = webhook.secret("secret"),
                                  .events = webhook.texts("events")};
    }
    if (exports.is_given("otlp")) {
        const Section otlp = exports.section("otlp");
        config.exports.otlp = {.url = otlp.text("url"),
                               .headers = {},
                               .logs = otlp.flag("logs"),
                               .traces = otlp.flag("traces")};
        for (auto& [name, value] : otlp.pairs("headers")) {
            config.exports.otlp->headers.emplace_back(name, Secret(std::move(value)));
        }
    }
}

}  // namespace

void BuildContext::report(const Section& section,
                          std::string_view name,
                          std::string_view message) const {
    const std::string path = section.path_of(name);
    problems.add(section.at(name), path, in_ticks(path) + ": " + std::string(message));
}

void build_process(const Section& root, const BuildContext& context, Config& config) {
    build_listen(root, context, config);
    build_tls(root, context, config);
    build_admin(root, context, config);
    build_limits(root.section("limits"), config);
    build_store(root, context, config);
    build_master_keys(root, context, config);
    build_outbound(root, context, config);
    build_audit(root, context, config);
    config.trusted_proxies = blocks(root, "trusted_proxies");
    config.shutdown_grace = root.duration("shutdown_grace");
    config.shutdown_delay = root.duration("shutdown_delay");
}

/// Ways of signing in that are no provider, and pages below /sign-in.
constexpr std::array<std::string_view, 4> kReservedNames{"local", "downstream", "register",
                                                         "reset"};

void build_sign_in(const Section& root, const BuildContext& context, catalog::Catalog& catalog) {
    const Section sign_in = root.section("sign_in");
    const Section local = sign_in.section("local");
    catalog.local_sign_in = sign_in.is_given("local") && local.flag("enabled");
    catalog.self_register = catalog.local_sign_in && local.flag("self_register");
    for (const Section& entry : sign_in.named("oidc")) {
        if (std::ranges::find(kReservedNames, entry.name()) != kReservedNames.end()) {
            context.problems.add(entry.at(), entry.path(),
                                 in_ticks(entry.path()) + ": this name has a meaning of its own");
        }
        catalog.oidc.push_back({.name = entry.name(),
                                .issuer = entry.text("issuer"),
                                .client_id = entry.text("client_id"),
                                .client_secret = entry.secret("client_secret"),
                                .scopes = entry.texts("scopes"),
                                .groups_claim = entry.text("groups_claim"),
                                .allowed_domains = lower_all(entry.texts("allowed_domains"))});
    }
}

}  // namespace gatehouse::config
