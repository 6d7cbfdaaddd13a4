// SPDX-License-Identifier: Apache-2.0
#include "app/tls_files.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

/// The content of a file that a key names, empty where none is named.
Result<std::string> read_named(std::string_view key,
                               const std::string& path,
                               const config::Environment& environment) {
    if (path.empty()) {
        return std::string();
    }
    auto text = environment.read_file(path);
    if (!text) {
        return fail(text.error().code, fmt::format("{}: {}", key, text.error().message),
                    text.error().detail);
    }
    return text;
}

std::unexpected<Error> in_key(std::string_view key, const Error& error) {
    return fail(error.code, fmt::format("{}: {}", key, error.message), error.detail);
}

}  // namespace

TlsFiles::TlsFiles(const Clock& clock) : server_(std::make_shared<tls::ServerTls>(clock)) {}

Result<void> TlsFiles::apply(const config::Config& config, const config::Environment& environment) {
    changes_.clear();
    // Watched from before they are read, so that no change falls between.
    std::vector<FileWatch> watches;
    for (const std::string& path :
         {config.tls.certificate, config.tls.key, config.outbound.ca_certificates}) {
        if (!path.empty()) {
            watches.emplace_back(path);
        }
    }
    watches_ = std::move(watches);
    auto certificate = read_named("tls.certificate", config.tls.certificate, environment);
    auto key = read_named("tls.key", config.tls.key, environment);
    auto authorities =
        read_named("outbound.ca_certificates", config.outbound.ca_certificates, environment);
    for (const auto* const read : {&certificate, &key, &authorities}) {
        if (!*read) {
            return std::unexpected(read->error());
        }
    }
    auto client = client_;
    if (client == nullptr || *authorities != authorities_) {
        auto made = tls::ClientTls::create(*authorities);
        if (!made) {
            return in_key("outbound.ca_certificates", made.error());
        }
        client = std::move(*made);
    }
    Secret secret(std::move(*key));
    if (config.tls.certificate.empty()) {
        if (server_->enabled()) {
            changes_["tls"] = "off";
        }
        server_->disable();
    } else if (!server_->enabled() || *certificate != certificate_ ||
               !secret.matches(key_.reveal())) {
        const auto facts = server_->use(*certificate, secret);
        if (!facts) {
            return in_key("tls", facts.error());
        }
        changes_["tls.certificate"] = facts->fingerprint;
        telemetry::info("app", "certificate of {}, good until {:%F}", facts->names,
                        facts->not_after);
    }
    if (client_ != nullptr && client != client_) {
        changes_["outbound.ca_certificates"] = "changed";
    }
    client_ = std::move(client);
    certificate_ = std::move(*certificate);
    authorities_ = std::move(*authorities);
    key_ = std::move(secret);
    return {};
}

bool TlsFiles::changed() {
    bool any = false;
    for (FileWatch& watch : watches_) {
        any = watch.changed() || any;
    }
    return any;
}

}  // namespace gatehouse::app
