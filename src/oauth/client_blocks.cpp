// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_blocks.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/url.h"
#include "oauth/authorize_access.h"
#include "oauth/cimd_url.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxHost = 255;

/// "host" of "host:port"; anything else as it is.
std::string_view without_port(std::string_view host) {
    const auto colon = host.rfind(':');
    const auto bracket = host.rfind(']');
    const bool has_port = colon != std::string_view::npos && colon + 1 < host.size() &&
                          (bracket == std::string_view::npos || bracket < colon) &&
                          host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    return has_port ? host.substr(0, colon) : host;
}

Result<std::string> normal_host(std::string_view host) {
    const bool fine = !host.empty() && host.size() <= kMaxHost &&
                      std::ranges::all_of(host, [](char c) { return c > ' ' && c <= '~'; });
    // A block of everything is hardly meant, and there is no way back for who it hits.
    if (!fine || host.find_first_not_of("*?") == std::string_view::npos) {
        return fail(ErrorCode::kInvalid, "host must be a host name; * and ? are wildcards");
    }
    return to_lower(host);
}

}  // namespace

bool BlockSet::matches(BlockKind kind, std::string_view host) const {
    return !host.empty() && std::ranges::any_of(blocks_, [&](const ClientBlock& block) {
        return block.kind == kind && host_matches(block.host, host);
    });
}

bool BlockSet::blocks_redirect(std::string_view host) const {
    return matches(BlockKind::kRedirectHost, host) ||
           matches(BlockKind::kRedirectHost, without_port(host));
}

bool BlockSet::blocks_document(std::string_view client_id) const {
    if (is_empty() || !names_metadata_document(client_id)) {
        return false;
    }
    const auto url = parse_url(client_id);
    return url && matches(BlockKind::kDocumentHost, url->host);
}

bool BlockSet::blocks(const Connection& connection) const {
    return blocks_redirect(connection.redirect_host) || blocks_document(connection.client_id);
}

ClientBlocks::ClientBlocks(const Needs& needs)
    : needs_(needs), live_(std::make_shared<const BlockSet>()) {}

Result<void> ClientBlocks::refresh() {
    const std::lock_guard lock(mutex_);
    auto blocks = needs_.store.list();
    if (!blocks) {
        return std::unexpected(blocks.error());
    }
    auto next = std::make_shared<const BlockSet>(*std::move(blocks));
    if (*next != *live_.get()) {
        settled_ = false;
        live_.set(next);
    }
    if (!settled_) {
        if (auto ended = end_blocked(*next); !ended) {
            return ended;
        }
        settled_ = true;
    }
    return {};
}

Result<void> ClientBlocks::end_blocked(const BlockSet& blocks) {
    if (blocks.is_empty()) {
        return {};
    }
    const auto connections = needs_.connections.list({});
    if (!connections) {
        return std::unexpected(connections.error());
    }
    std::vector<std::string> ids;
    for (const Connection& connection : *connections) {
        if (blocks.blocks(connection)) {
            ids.push_back(connection.id);
        }
    }
    const auto revoked = needs_.trust.revoke_all(ids);
    return revoked ? Result<void>{} : std::unexpected(revoked.error());
}

Result<bool> ClientBlocks::block(BlockKind kind, std::string_view host) {
    auto normal = normal_host(host);
    if (!normal) {
        return std::unexpected(normal.error());
    }
    const auto added = needs_.store.add(
        {.kind = kind, .host = *std::move(normal), .blocked_at = needs_.clock.now()});
    if (!added) {
        return added;
    }
    const auto done = refresh();
    return done ? added : std::unexpected(done.error());
}

Result<bool> ClientBlocks::unblock(BlockKind kind, std::string_view host) {
    const auto removed = needs_.store.remove(kind, to_lower(host));
    if (!removed) {
        return removed;
    }
    const auto done = refresh();
    return done ? removed : std::unexpected(done.error());
}

Result<Client> admit(Client client, const BlockSet& blocks) {
    if (blocks.is_empty()) {
        return client;
    }
    const auto removed = std::erase_if(client.redirect_uris, [&](const std::string& uri) {
        return blocks.blocks_redirect(redirect_host(uri));
    });
    if (removed > 0 && client.redirect_uris.empty()) {
        return fail(ErrorCode::kNotFound, "unknown client", "its redirect hosts are blocked");
    }
    return client;
}

}  // namespace gatehouse::oauth
