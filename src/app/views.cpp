// SPDX-License-Identifier: Apache-2.0
#include "app/views.h"

#include "base/units.h"

namespace gatehouse::app {
namespace {

std::string_view kind_name(oauth::ClientKind kind) {
    switch (kind) {
        case oauth::ClientKind::kPreregistered:
            return "preregistered";
        case oauth::ClientKind::kDynamic:
            return "dynamic";
        case oauth::ClientKind::kMetadataDocument:
            return "metadata_document";
    }
    return "dynamic";
}

json::Object view(const oauth::KnownClient& client) {
    return {{"id", client.id},
            {"name", client.name},
            {"origin", "api"},
            {"kind", kind_name(client.kind)},
            {"issuer", client.origin},
            {"redirect_uris", json::to_array(client.redirect_uris)},
            {"disabled", client.state == oauth::ClientState::kDisabled},
            {"first_seen_at", format_time(client.first_seen_at)}};
}

}  // namespace

json::Object view(const grants::GrantSummary& grant) {
    json::Object out{
        {"id", grant.id},
        {"origin", "api"},
        {"user", grant.user_id},
        {"server", grant.server},
        {"profile", grant.profile},
        {"account", grant.account_email.empty() ? grant.account_subject : grant.account_email},
        {"scopes", json::to_array(grant.scopes)},
        {"state", grant.state == grants::GrantState::kActive ? "active" : "needs_reconnect"},
        {"renewable", grant.renewable},
        {"created_at", format_time(grant.created_at)},
        {"updated_at", format_time(grant.updated_at)}};
    if (grant.expires_at != Timestamp::max()) {
        out["expires_at"] = format_time(grant.expires_at);
    }
    return out;
}

Result<std::vector<json::Object>> client_views(oauth::ClientStore& clients) {
    const auto known = clients.list();
    if (!known) {
        return std::unexpected(known.error());
    }
    std::vector<json::Object> views;
    for (const oauth::KnownClient& client : *known) {
        views.push_back(view(client));
    }
    return views;
}

Result<std::vector<json::Object>> grant_views(grants::Connector& connector) {
    const auto grants = connector.list({});
    if (!grants) {
        return std::unexpected(grants.error());
    }
    std::vector<json::Object> views;
    for (const grants::GrantSummary& grant : *grants) {
        views.push_back(view(grant));
    }
    return views;
}

std::vector<json::Object> key_views(const oauth::KeyRing& ring, Timestamp now) {
    std::vector<json::Object> views;
    const std::string signing = ring.entries.empty() ? std::string() : ring.signing_key(now).kid();
    for (const oauth::KeyRing::Entry& entry : ring.entries) {
        views.push_back({{"id", entry.key.kid()},
                         {"origin", "api"},
                         {"alg", crypto::alg_name(entry.key.alg())},
                         {"created_at", format_time(entry.created_at)},
                         {"sign_from", format_time(entry.sign_from)},
                         {"signing", entry.key.kid() == signing},
                         {"state", entry.key.kid() == signing ? "signing"
                                   : entry.sign_from > now    ? "next"
                                                              : "retired"}});
    }
    return views;
}

}  // namespace gatehouse::app
