// SPDX-License-Identifier: Apache-2.0
#include "config/policy_services.h"

#include "config/internal/build.h"
#include "config/internal/checker.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kKey = "policy_service";

std::shared_ptr<const catalog::PolicyService> build(const Section& owner) {
    if (!owner.is_given(kKey)) {
        return nullptr;
    }
    using OnError = catalog::PolicyService::OnError;
    const Section section = owner.section(kKey);
    return std::make_shared<const catalog::PolicyService>(catalog::PolicyService{
        .opa = section.text("opa"),
        .timeout = section.duration("timeout"),
        .on_error = section.text("on_error") == "allow" ? OnError::kAllow : OnError::kDeny,
        .cache = section.duration("cache")});
}

/// Expands and checks the sections that are read here.
void check(Node& owner, std::string_view pattern, const std::string& path, Checker& checker) {
    for (Entry& entry : owner.entries) {
        if (entry.name == kKey) {
            checker.check_key(entry.value, *find_key(join_path(pattern, kKey)),
                              join_path(path, kKey));
        }
    }
}

}  // namespace

Result<catalog::PolicyServices> parse_policy_services(std::string_view text,
                                                      const std::filesystem::path& file,
                                                      const Environment& environment) {
    auto document = parse_document(text);
    if (!document) {
        return fail(ErrorCode::kInvalid, document.error().message);
    }
    Problems problems(file.string());
    Checker checker(environment, file.parent_path(), problems);
    check(*document, "", "", checker);
    for (Entry& entry : document->entries) {
        if (entry.name == "servers") {
            for (Entry& server : entry.value.entries) {
                check(server.value, "servers.*", "servers." + server.name, checker);
            }
        }
    }
    if (!problems.empty()) {
        return fail(ErrorCode::kInvalid, describe(problems.take().front()));
    }
    const Section root(&*document, "", "", document->at);
    const auto everywhere = build(root);
    catalog::PolicyServices services;
    if (everywhere != nullptr) {
        services.emplace("", everywhere);
    }
    for (const Section& section : root.named("servers")) {
        if (auto own = build(section)) {
            services.emplace(section.name(), std::move(own));
        }
    }
    return services;
}

Result<catalog::PolicyServices> load_policy_services(const std::filesystem::path& file,
                                                     const Environment& environment) {
    const auto text = environment.read_file(file);
    return text ? parse_policy_services(*text, file, environment) : std::unexpected(text.error());
}

}  // namespace gatehouse::config
