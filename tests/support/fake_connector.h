// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "oauth/downstream_connector.h"

namespace gatehouse::test {

/// The brokered side without its network: legs that a test completes as it likes.
class FakeConnector final : public oauth::DownstreamConnector {
  public:
    struct Leg {
        oauth::LegRequest request;
        std::string secret;
        bool used = false;
    };

    Result<bool> has_grant(std::string_view user_id,
                           std::string_view server,
                           const std::vector<std::string>& scopes) override {
        const auto it = grants.find({std::string(user_id), std::string(server)});
        if (it == grants.end()) {
            return false;
        }
        for (const auto& scope : scopes) {
            if (scope != "offline_access" && !contains(it->second, scope)) {
                return false;
            }
        }
        return true;
    }

    Result<oauth::LegStart> begin(const oauth::LegRequest& request) override {
        if (begin_error) {
            return std::unexpected(*begin_error);
        }
        const std::string state = "state" + std::to_string(legs.size() + 1);
        legs[state] = {.request = request, .secret = "secret-of-" + state};
        return oauth::LegStart{.redirect_url = "https://auth.cal.example/authorize?state=" + state,
                               .browser_secret = legs[state].secret,
                               .cookie_name = cookie_name(state)};
    }

    std::expected<oauth::LegResult, oauth::LegError> exchange(const oauth::LegRequest& request,
                                                              std::string_view) override {
        const std::string id = "exchange" + std::to_string(legs.size() + 1);
        legs[id] = {.request = request, .secret = {}, .used = true};
        if (failure) {
            return std::unexpected(oauth::LegError{.failure = *failure,
                                                   .transaction_id = request.transaction_id,
                                                   .detail = "as the test wants it"});
        }
        return oauth::LegResult{.transaction_id = request.transaction_id,
                                .server = request.server,
                                .identity = identity,
                                .pending_grant = id};
    }

    std::string cookie_name(std::string_view state) override {
        return "gatehouse-leg-" + std::string(state);
    }

    std::expected<oauth::LegResult, oauth::LegError> complete(
        std::string_view used_profile,
        const FormFields& parameters,
        std::string_view browser_secret) override {
        ++completions;
        std::string state;
        for (const auto& [name, value] : parameters) {
            state = name == "state" ? value : state;
        }
        const auto leg = legs.find(state);
        if (leg == legs.end() || leg->second.used || leg->second.secret != browser_secret ||
            used_profile != profile) {
            return std::unexpected(oauth::LegError{});
        }
        leg->second.used = true;
        if (failure) {
            return std::unexpected(
                oauth::LegError{.failure = *failure,
                                .transaction_id = leg->second.request.transaction_id,
                                .detail = "as the test wants it"});
        }
        return oauth::LegResult{.transaction_id = leg->second.request.transaction_id,
                                .server = leg->second.request.server,
                                .identity = identity,
                                .pending_grant = state};
    }

    Result<void> adopt(std::string_view pending_grant, std::string_view user_id) override {
        if (adopt_error) {
            return std::unexpected(*adopt_error);
        }
        const auto& request = legs[std::string(pending_grant)].request;
        const std::pair key{std::string(user_id), request.server};
        const auto account = identity ? identity->email : std::string();
        if (!account.empty() && accounts.contains(key) && !accounts[key].empty() &&
            accounts[key] != account) {
            return fail(ErrorCode::kConflict, "another account");
        }
        accounts[key] = account;
        grants[key] = request.scopes;
        return {};
    }

    Result<std::string> keep_key(std::string_view server, const Secret& key) override {
        if (key.reveal().contains(' ')) {
            return fail(ErrorCode::kInvalid, "no key");
        }
        const std::string id = "key" + std::to_string(keys.size() + 1);
        keys.emplace_back(key.reveal());
        legs[id].request.server = server;
        return id;
    }

    Result<oauth::ConnectedAccount> account_of(std::string_view user_id,
                                               std::string_view server) override {
        const auto it = accounts.find({std::string(user_id), std::string(server)});
        if (it == accounts.end()) {
            return fail(ErrorCode::kNotFound, "no grant");
        }
        return oauth::ConnectedAccount{.name = it->second, .ends_at = ends_at};
    }

    void discard(std::string_view pending_grant) override { discarded.emplace_back(pending_grant); }

    Result<void> disconnect(std::string_view user_id, std::string_view server) override {
        grants.erase({std::string(user_id), std::string(server)});
        accounts.erase({std::string(user_id), std::string(server)});
        disconnected.push_back(std::string(user_id) + '/' + std::string(server));
        return {};
    }

    std::string profile = "cal";
    std::optional<oauth::DownstreamIdentity> identity =
        oauth::DownstreamIdentity{.subject = "sub-1",
                                  .email = "alice@example.com",
                                  .name = "Alice",
                                  .email_verified = true,
                                  .groups = {}};
    std::optional<oauth::LegFailure> failure;
    std::optional<Error> begin_error, adopt_error;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> grants;
    std::map<std::pair<std::string, std::string>, std::string> accounts;
    std::map<std::string, Leg> legs;
    std::vector<std::string> keys;
    std::optional<Timestamp> ends_at;
    std::vector<std::string> discarded, disconnected;
    int completions = 0;
};

}  // namespace gatehouse::test
