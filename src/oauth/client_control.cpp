// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_control.h"

#include <functional>
#include <set>
#include <string>

#include "oauth/cimd_url.h"
#include "oauth/client_directory.h"

namespace gatehouse::oauth {
namespace {

std::set<std::string> origins_of(const catalog::Catalog& catalog) {
    std::set<std::string> origins{catalog.public_origin};
    for (const catalog::Server& server : catalog.servers) {
        origins.insert(server.origin);
    }
    return origins;
}

/// True when `change` found the client on at least one origin.
Result<bool> on_each_origin(const catalog::Catalog& catalog,
                            const std::function<Result<bool>(const std::string&)>& change) {
    bool any = false;
    for (const std::string& origin : origins_of(catalog)) {
        const auto changed = change(origin);
        if (!changed) {
            return changed;
        }
        any = any || *changed;
    }
    return any;
}

Result<bool> unless_unknown(const Result<void>& done) {
    if (!done && done.error().code != ErrorCode::kNotFound) {
        return std::unexpected(done.error());
    }
    return done.has_value();
}

std::unexpected<Error> unknown() {
    return fail(ErrorCode::kNotFound, "there is no such client");
}

}  // namespace

std::optional<Client> ClientControl::recognize(std::string_view origin, std::string_view id) {
    if (auto configured = find_preregistered(*needs_.catalog.get(), origin, id)) {
        return configured;
    }
    // Its document does not have to be asked: whatever it says, the client is not wanted.
    if (names_metadata_document(id)) {
        return Client{.id = std::string(id), .kind = ClientKind::kMetadataDocument};
    }
    auto sealed = needs_.sealed_clients.open(id, origin);
    return sealed ? std::optional(*std::move(sealed)) : std::nullopt;
}

Result<bool> ClientControl::disable_at(std::string_view origin, std::string_view id) {
    const auto known = needs_.store.find(origin, id);
    if (!known && known.error().code != ErrorCode::kNotFound) {
        return std::unexpected(known.error());
    }
    if (!known) {
        const auto client = recognize(origin, id);
        if (!client) {
            return false;
        }
        if (auto kept = needs_.store.remember(*client, origin, needs_.clock.now()); !kept) {
            return std::unexpected(kept.error());
        }
    }
    return unless_unknown(needs_.store.set_state(origin, id, ClientState::kDisabled));
}

Result<std::size_t> ClientControl::disable(std::string_view id) {
    const auto any = on_each_origin(
        *needs_.catalog.get(), [&](const std::string& origin) { return disable_at(origin, id); });
    if (!any) {
        return std::unexpected(any.error());
    }
    return *any ? needs_.trust.revoke_connections(
                      {.user_id = {}, .server = {}, .client_id = std::string(id)})
                : unknown();
}

Result<void> ClientControl::enable(std::string_view id) {
    const auto any = on_each_origin(*needs_.catalog.get(), [&](const std::string& origin) {
        return unless_unknown(needs_.store.set_state(origin, id, ClientState::kEnabled));
    });
    if (!any) {
        return std::unexpected(any.error());
    }
    return *any ? Result<void>{} : unknown();
}

Result<std::size_t> ClientControl::forget(std::string_view id) {
    const auto any =
        on_each_origin(*needs_.catalog.get(), [&](const std::string& origin) -> Result<bool> {
            const auto known = needs_.store.find(origin, id);
            // The row is what keeps it out.
            if (known && known->state == ClientState::kDisabled) {
                return fail(ErrorCode::kConflict, "the client is disabled; enable it first");
            }
            return unless_unknown(needs_.store.remove(origin, id));
        });
    if (!any) {
        return std::unexpected(any.error());
    }
    return *any ? needs_.trust.revoke_connections(
                      {.user_id = {}, .server = {}, .client_id = std::string(id)})
                : unknown();
}

}  // namespace gatehouse::oauth
