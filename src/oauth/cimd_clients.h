// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"
#include "oauth/client.h"

namespace gatehouse::oauth {

/// Clients that are named by the URL of their metadata document (C20-C33). Thread-safe; blocks
/// while a document is fetched.
///
/// A document counts for as long as its host says, from five minutes to a day. After that it is
/// fetched again; while that fails for reasons of the network or of the host, the last copy serves:
/// the one in memory, then what was kept at the last consent, then the one that ships with the
/// gateway. Where the host says that there is no such document, or shows one that breaks the rules,
/// no copy helps.
///
/// An authorization keeps what it began with (C29): redirect URI, scopes and challenge are those of
/// its transaction and its code, whatever the document says later. /token asks here again only
/// whether the client still exists and how it authenticates; a document that changed its redirect
/// URIs meanwhile changes the next authorization, and consent is bound to where it leads.
class CimdClients {
  public:
    CimdClients(http::Client& http,
                std::shared_ptr<const http::AddressRule> addresses,
                const Clock& clock)
        : http_(http), addresses_(std::move(addresses)), clock_(clock) {}

    /// `approved`: the client as it was at the last consent, if there was one.
    ///
    /// kNotFound where there is no such client, with a message for its developer; kUnavailable when
    /// too many others wait for documents already.
    [[nodiscard]] Result<Client> find(std::string_view client_id,
                                      const std::optional<Client>& approved);

  private:
    struct Copy {
        Client client;
        SteadyTime fresh_until;
    };

    /// A fetch under way; the others that want the same document wait for it.
    struct Flight {
        std::string host;
        std::optional<Result<Client>> outcome;
    };

    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] Result<Client> ask(Lock& lock,
                                     const std::string& client_id,
                                     const std::string& host);
    [[nodiscard]] Result<Client> fetch_and_keep(Lock& lock, const std::string& client_id);
    [[nodiscard]] std::optional<Client> find_copy(const std::string& client_id,
                                                  const std::optional<Client>& approved) const;
    void keep(const std::string& client_id, Client client, std::chrono::seconds fresh_for);

    http::Client& http_;
    std::shared_ptr<const http::AddressRule> addresses_;
    const Clock& clock_;
    std::mutex mutex_;  // guards all below
    std::condition_variable landed_;
    std::map<std::string, Copy, std::less<>> copies_;
    std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_;
    std::size_t waiting_ = 0;  // callers that wait for the network
};

}  // namespace gatehouse::oauth
