// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_pages.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/url.h"
#include "oauth/authorize_access.h"
#include "oauth/consent_words.h"
#include "oauth/flow_provider.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

const std::string& authorization_url(const catalog::Profile& profile) {
    return profile.endpoints.authorize.empty() ? profile.issuer : profile.endpoints.authorize;
}

/// Who vouches for the client's name: the operator, or the host of its metadata document.
std::string client_origin(const Client& client) {
    if (client.kind == ClientKind::kPreregistered) {
        return "registered by the operator of this gateway";
    }
    if (client.kind == ClientKind::kMetadataDocument) {
        if (const auto url = parse_url(client.id)) {
            return url->host;
        }
    }
    return {};
}

/// C30: a document cannot prove which program on a device uses it.
std::string caution(const Client& client) {
    const bool provable = client.kind != ClientKind::kMetadataDocument ||
                          std::ranges::any_of(client.redirect_uris, [](const std::string& uri) {
                              return check_redirect_uri(uri) == RedirectKind::kWeb;
                          });
    return provable ? std::string()
                    : "Any program on this device can use this name. Go on only if you started "
                      "this yourself.";
}

/// With the port, which says which program on this device is meant.
std::string destination(const std::string& redirect_uri) {
    const auto url = parse_url(redirect_uri);
    if (url && url->scheme == "http" && url->is_loopback()) {
        const std::string origin = url->origin();
        return origin.substr(origin.find("://") + 3);
    }
    return redirect_host(redirect_uri);
}

/// Browsers hold every redirect that follows a form to form-action, and where another server sends
/// people who have to sign in there cannot be known here.
FormTargets targets_beyond(const std::string& url) {
    FormTargets targets{form_target(url)};
    if (url.starts_with("https://")) {
        targets.emplace_back("https:");
    }
    return targets;
}

void add_targets(FormTargets& targets, const FormTargets& more) {
    targets.insert(targets.end(), more.begin(), more.end());
}

/// Where people may make accounts themselves.
std::vector<Link> register_link(const catalog::Catalog& catalog, const Walk& walk) {
    if (!catalog.self_register) {
        return {};
    }
    return {{.label = "Create an account",
             .href = "/sign-in/register?transaction=" + percent_encode(walk.transaction.id),
             .rel = {}}};
}

bool stays_on_this_device(const std::string& redirect_uri) {
    const auto kind = check_redirect_uri(redirect_uri);
    return kind && *kind != RedirectKind::kWeb;
}

}  // namespace

FormTargets downstream_targets(const catalog::Profile& profile) {
    return targets_beyond(authorization_url(profile));
}

FormTargets sign_in_targets(const catalog::Catalog& catalog, const catalog::Server& server) {
    const auto* entry = catalog.find_oidc(server.sign_in);
    return entry == nullptr ? FormTargets{} : targets_beyond(entry->issuer);
}

std::string downstream_host(const catalog::Profile& profile) {
    if (profile.key.wanted) {
        return profile.key.label.empty() ? profile.name : profile.key.label;
    }
    const auto url =
        parse_url(profile.issuer.empty() ? authorization_url(profile) : profile.issuer);
    return url ? url->host : profile.name;
}

http::Response chooser_page(const catalog::Catalog& catalog,
                            const Walk& walk,
                            const Client& client) {
    ChooserPage page{.client_name = display_name(client),
                     .servers = {},
                     .hidden = form_fields(walk, {.step = kServerStep, .user_id = {}}),
                     .targets = {form_target(walk.transaction.redirect_uri)}};
    for (const auto* server : usable_servers(catalog, walk.transaction.origin, client)) {
        page.servers.push_back(
            {.name = server->name, .title = title_of(*server), .url = server->mcp_url});
        add_targets(page.targets, sign_in_targets(catalog, *server));
    }
    return render(page);
}

http::Response password_page(const Walk& walk, const Scene& scene, const SignInTrouble& trouble) {
    SignInPage page{
        .status = trouble.status,
        .server_title = title_of(*scene.server),
        .username = trouble.username.empty() ? walk.transaction.login_hint : trouble.username,
        .error = trouble.message,
        .hidden = form_fields(walk, {.step = kSignInStep, .user_id = {}}),
        .methods = {},
        .other_ways = register_link(*scene.catalog, walk),
        .targets = {}};
    if (scene.transaction().purpose == Purpose::kAuthorize) {
        page.client_name = display_name(scene.client);
        page.targets.push_back(form_target(scene.transaction().redirect_uri));
    }
    if (scene.transaction().stage == Stage::kApproved && scene.profile != nullptr) {
        add_targets(page.targets, downstream_targets(*scene.profile));
    }
    return render(page);
}

http::Response sign_in_page(const Scene& scene) {
    return scene.server->sign_in == identity::kLocalSource
               ? password_page(scene.walk, scene, {})
               : see_other(provider_url(scene.server->sign_in, scene.transaction().id));
}

http::Response ways_page(const catalog::Catalog& catalog,
                         const Walk& walk,
                         const SignInTrouble& trouble) {
    SignInPage page{.status = trouble.status,
                    .notice = trouble.notice,
                    .has_password_form = catalog.local_sign_in,
                    .username = trouble.username,
                    .error = trouble.message,
                    .hidden = form_fields(walk, {.step = kSignInStep, .user_id = {}}),
                    .methods = {},
                    .other_ways = register_link(catalog, walk),
                    .targets = {}};
    for (const catalog::OidcProvider& entry : catalog.oidc) {
        const auto url = parse_url(entry.issuer);
        page.methods.push_back(
            {.name = entry.name,
             .label = "Continue with " + entry.name + (url ? " (" + url->host + ")" : "")});
        add_targets(page.targets, targets_beyond(entry.issuer));
    }
    for (const auto* server : catalog.servers_of_origin(walk.transaction.origin)) {
        if (server->sign_in == kDownstream) {
            page.other_ways.push_back({.label = "Sign in with your account at " + title_of(*server),
                                       .href = "/connect/" + percent_encode(server->name),
                                       .rel = {}});
        }
    }
    return render(page);
}

http::Response consent_page(const Scene& scene, const Person* person, std::string_view problem) {
    const Transaction& transaction = scene.transaction();
    const std::string_view user_id = person == nullptr ? std::string_view() : person->user.id;
    ConsentPage page{.status = problem.empty() ? 200 : 400,
                     .client_name = display_name(scene.client),
                     .client_origin = client_origin(scene.client),
                     .caution = caution(scene.client),
                     .redirect_host = destination(transaction.redirect_uri),
                     .redirects_to_this_device = stays_on_this_device(transaction.redirect_uri),
                     .server_title = title_of(*scene.server),
                     .server_url = scene.server->mcp_url,
                     .user = person == nullptr ? std::string() : display_name(person->user),
                     .downstream_host = {},
                     .scopes = {},
                     .error = std::string(problem),
                     .hidden = form_fields(scene.walk, {.step = kConsentStep, .user_id = user_id}),
                     .targets = {form_target(transaction.redirect_uri)}};
    for (const std::string& scope : transaction.scopes) {
        if (scope != kOfflineAccess) {
            page.scopes.push_back({.scope = scope, .words = describe_scope(scope)});
        }
    }
    add_targets(page.targets, sign_in_targets(*scene.catalog, *scene.server));
    if (scene.profile != nullptr) {
        page.downstream_host = downstream_host(*scene.profile);
        add_targets(page.targets, downstream_targets(*scene.profile));
    }
    return render(page);
}

}  // namespace gatehouse::oauth
