// SPDX-License-Identifier: Apache-2.0
#include "grants/reseal.h"

#include <string>

#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

constexpr std::size_t kPage = 500;

/// False when there was nothing to do for this one.
Result<bool> reseal_grant(GrantStore& grants, const Vault& vault, const Grant& grant) {
    const Owner owner{.server = grant.server, .profile = grant.profile, .user = grant.user_id};
    if (vault.is_current(grant.sealed)) {
        return false;
    }
    const auto tokens = vault.open(grant.sealed, owner);
    if (!tokens) {
        telemetry::warn("grants", "the grant {} opens with no master key: {}", grant.id,
                        describe(tokens.error()));
        return false;
    }
    return grants.reseal(grant.id, grant.version, vault.seal(*tokens, owner));
}

Result<std::size_t> reseal_clients(DownstreamClientStore& clients, const Vault& vault) {
    const auto stored = clients.list();
    if (!stored) {
        return std::unexpected(stored.error());
    }
    std::size_t done = 0;
    for (const DownstreamClient& client : *stored) {
        if (vault.are_lines_current(client.sealed)) {
            continue;
        }
        const auto lines = vault.open_lines(client.sealed, client.generation);
        if (!lines) {
            telemetry::warn("grants", "a registration of profile {} opens with no master key: {}",
                            client.profile, describe(lines.error()));
            continue;
        }
        if (auto kept =
                clients.reseal(client.generation, vault.seal_lines(*lines, client.generation));
            !kept) {
            return std::unexpected(kept.error());
        }
        ++done;
    }
    return done;
}

}  // namespace

Result<std::size_t> reseal(GrantStore& grants, DownstreamClientStore& clients, const Vault& vault) {
    auto done = reseal_clients(clients, vault);
    GrantFilter page{.limit = kPage};
    while (done) {
        const auto found = grants.list(page);
        if (!found) {
            return std::unexpected(found.error());
        }
        for (const Grant& grant : *found) {
            const auto changed = reseal_grant(grants, vault, grant);
            if (!changed) {
                return std::unexpected(changed.error());
            }
            *done += *changed ? 1 : 0;
        }
        if (found->size() < kPage) {
            break;
        }
        page.after_id = found->back().id;
    }
    return done;
}

}  // namespace gatehouse::grants
