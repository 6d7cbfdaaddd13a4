// SPDX-License-Identifier: Apache-2.0
#include "app/user_data.h"

#include <utility>

#include "admin/views.h"
#include "app/views.h"
#include "audit/record.h"
#include "base/units.h"

namespace gatehouse::app {
namespace {

constexpr std::size_t kMostRecords = 1000;

json::Object view(const oauth::Consent& consent) {
    return {{"client", consent.client_id},
            {"server", consent.server},
            {"redirect_host", consent.redirect_host},
            {"scopes", json::to_array(consent.scopes)},
            {"given_at", format_time(consent.given_at)}};
}

json::Object view(const identity::SessionSummary& session) {
    return {{"id", session.id},
            {"issuer", session.origin},
            {"browser", session.user_agent},
            {"address", session.client_ip},
            {"signed_in_at", format_time(session.signed_in_at)},
            {"last_used_at", format_time(session.last_used_at)}};
}

template <typename Items, typename Show>
Result<json::Array> list_of(const Result<Items>& items, Show show) {
    if (!items) {
        return std::unexpected(items.error());
    }
    json::Array list;
    for (const auto& item : *items) {
        list.emplace_back(show(item));
    }
    return list;
}

/// Adds one list, or keeps the first error.
void put(Result<json::Object>& all, std::string_view name, Result<json::Array> list) {
    if (!all) {
        return;
    }
    if (!list) {
        all = std::unexpected(std::move(list.error()));
        return;
    }
    (*all)[name] = *std::move(list);
}

}  // namespace

Result<void> UserData::end_grants(const std::string& user_id) {
    const auto grants = needs_.grants.list({.user_id = user_id});
    if (!grants) {
        return std::unexpected(grants.error());
    }
    for (const grants::GrantSummary& grant : *grants) {
        if (auto gone = needs_.grants.disconnect(user_id, grant.server); !gone) {
            return gone;
        }
    }
    return {};
}

Result<void> UserData::erase(const identity::User& user) {
    // First of all, so that nothing new begins meanwhile.
    if (auto disabled = needs_.users.disable(user.id); !disabled) {
        return disabled;
    }
    if (auto revoked = needs_.trust.revoke_connections({.user_id = user.id}); !revoked) {
        return std::unexpected(revoked.error());
    }
    if (auto ended = end_grants(user.id); !ended) {
        return ended;
    }
    if (auto forgotten = needs_.consents.forget_user(user.id); !forgotten) {
        return forgotten;
    }
    if (auto ended = needs_.sessions.end_user(user.id); !ended) {
        return ended;
    }
    if (auto forgotten = needs_.sign_in_tokens.forget(user.id); !forgotten) {
        return forgotten;
    }
    if (auto forgotten = needs_.resets.forget(user.id); !forgotten) {
        return forgotten;
    }
    return needs_.users.remove(user.id);
}

Result<json::Object> UserData::collect(const identity::User& user) {
    Result<json::Object> all =
        json::Object{{"exported_at", format_time(needs_.clock.now())}, {"user", admin::view(user)}};
    put(all, "connections",
        list_of(needs_.connections.list(
                    {.user_id = user.id, .server = {}, .client_id = {}, .include_revoked = true}),
                [](const auto& item) { return admin::view(item); }));
    put(all, "grants", list_of(needs_.grants.list({.user_id = user.id}), [](const auto& item) {
            return app::view(item);
        }));
    put(all, "consents",
        list_of(needs_.consents.list(user.id, {}), [](const auto& item) { return view(item); }));
    put(all, "sessions",
        list_of(needs_.sessions.list(user.id), [](const auto& item) { return view(item); }));
    const auto records = needs_.records.find({.user = user.id, .limit = kMostRecords});
    if (!records) {
        return std::unexpected(records.error());
    }
    put(all, "records",
        list_of(Result<std::vector<audit::StoredRecord>>(records->records),
                [](const auto& item) { return audit::to_json(item); }));
    if (all) {
        (*all)["records_complete"] = records->next == 0;
    }
    return all;
}

}  // namespace gatehouse::app
