// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/live.h"
#include "base/secret.h"
#include "catalog/budget.h"
#include "catalog/policy_rule.h"

/// What the operator attached, as immutable values that every module may read (contract.md §1, §3).
/// Built by `config/`; published as a Live snapshot by `app/`.
namespace gatehouse::catalog {

enum class ClientAuthMethod { kNone, kClientSecretBasic, kClientSecretPost, kPrivateKeyJwt };
enum class RegistrationKind { kStatic, kCimd, kDynamic };
enum class IdentitySource { kNone, kIdToken, kUserinfo, kIntrospection, kAccessToken };
enum class SameUser { kOff, kEmail, kSubject };
/// Which token of a person's sign-in is exchanged for the account (RFC 8693), if any.
enum class ExchangeSubject { kNone, kIdToken, kAccessToken };
enum class Capture { kNone, kRedacted, kFull };
enum class DefaultPolicy { kAllow, kDeny };
/// What happens when a runtime's tool is new, or not what it was.
enum class ToolChanges {
    kAllow,
    kWarn,
    kBlockNew,  ///< it is not listed and not called until an operator approves it
};
enum class SigningAlg { kEs256, kRs256 };

/// Explicit downstream endpoints; empty members are discovered from the issuer.
struct Endpoints {
    std::string authorize, token, userinfo, introspect, revoke, jwks;
};

struct IdentityRule {
    IdentitySource from = IdentitySource::kNone;
    std::string subject = "sub", email = "email", name = "name", groups = "groups";
    SameUser same_user = SameUser::kOff;
};

/// Where a downstream server does not do as the standards say.
struct Quirks {
    bool comma_scopes = false;              ///< scopes are joined with commas
    std::string scope_parameter = "scope";  ///< of the authorization request
    bool json_token_requests = false;       ///< token requests are JSON
    bool any_token_type = false;            ///< token_type says something else than Bearer
    std::string token_member;               ///< the answer's member that holds the person's tokens
};

/// Accounts that are a key, which the person pastes into a page.
struct PastedKey {
    bool wanted = false;
    std::string label, help_url;
};

/// One reusable downstream auth boundary.
struct Profile {
    std::string name;
    std::string issuer;  ///< empty when `endpoints` are given
    Endpoints endpoints;
    RegistrationKind registration = RegistrationKind::kStatic;
    std::string client_id;
    Secret client_secret;
    ClientAuthMethod auth_method = ClientAuthMethod::kNone;
    Secret client_key;  ///< PEM, for private_key_jwt
    std::string resource, audience;
    std::vector<std::string> scopes;
    std::vector<std::pair<std::string, std::string>> authorize_params;
    std::vector<std::pair<std::string, std::string>> token_params;
    IdentityRule identity;
    std::chrono::seconds refresh_before{60};
    /// Used when a token answer has no expires_in; zero: the token has no known end.
    std::chrono::seconds default_token_ttl{0};
    Quirks quirks;
    PastedKey key;
    ExchangeSubject exchange = ExchangeSubject::kNone;  ///< instead of a code flow
};

struct Worker {
    std::vector<Secret> secrets;  ///< the first is sent
    std::string secret_header = "X-Gateway-Worker-Secret";
    std::string token_header =
        "X-Gateway-Access-Token";  ///< `Authorization` sends "Bearer <token>"
    bool plain_http = false;
    std::vector<std::pair<std::string, Secret>> static_headers;
    bool identity_headers = true;
};

struct PreregisteredClient {
    std::string id, name;
    Secret secret;
    std::string jwks, jwks_uri;  ///< its public keys instead of a secret: JSON, or where they are
    std::vector<std::string> redirect_uris, grants, scopes;
};

struct Access {
    std::vector<std::string> emails, domains, groups;

    [[nodiscard]] bool everyone() const {
        return emails.empty() && domains.empty() && groups.empty();
    }

    /// Somebody with this verified address (or none) and these groups may authorize.
    [[nodiscard]] bool admits(std::string_view email, const std::vector<std::string>& in) const;
};

/// What callers are told while the account behind the server is not connected.
struct Reconnect {
    std::vector<std::string> in_band;  ///< globs of client ids and user agents: a refusal in words
    std::vector<std::string> without_account;  ///< methods that the runtime answers to anybody
};

/// One runtime attached to the gateway.
struct Server {
    std::string name, title;
    std::vector<std::string> runtimes;  ///< absolute URLs of replicas
    std::string path;                   ///< "/todo"; empty for a server with a host of its own
    std::string host;                   ///< optional hostname of its own
    std::string origin;                 ///< "https://mcp.example.com": the issuer, byte for byte
    std::string mcp_path;               ///< "/todo/mcp" or "/mcp"
    std::string mcp_url;                ///< origin + mcp_path: the canonical resource and `aud`
    std::string profile;                ///< empty: no downstream token
    std::string sign_in;                ///< "downstream", "local" or the name of an oidc entry
    std::vector<std::string> scopes, initial_scopes;
    ScopeIncludes scope_includes;
    Worker worker;
    bool allow_cimd = true, allow_dynamic = true;
    bool personal_tokens = false;  ///< people may use tokens that they made by hand
    std::vector<std::string> cimd_hosts{"*"};
    std::vector<PreregisteredClient> clients;
    std::vector<std::string> cors_origins;
    Reconnect reconnect;
    Access access;
    DefaultPolicy default_policy = DefaultPolicy::kAllow;
    std::vector<PolicyRule> policies;  ///< its own, after the catalog's
    std::vector<Budget> budgets;       ///< its own, after the catalog's
    ToolCosts tool_costs;              ///< before the catalog's
    ToolChanges tool_changes = ToolChanges::kWarn;
    bool probe = true;  ///< the gateway may ask the runtime on its own behalf
    Capture audit_arguments = Capture::kRedacted, audit_results = Capture::kNone;
    std::chrono::hours audit_retain{24 * 90};
};

struct OidcProvider {
    std::string name, issuer, client_id;
    Secret client_secret;
    std::vector<std::string> scopes;
    std::string groups_claim;
    std::vector<std::string> allowed_domains;
};

struct TokenSettings {
    std::chrono::seconds access_ttl{3600}, refresh_ttl{30 * 86400}, refresh_idle{14 * 86400},
        code_ttl{60}, refresh_grace{120};
    SigningAlg signing_alg = SigningAlg::kEs256;  ///< of keys that are made from now on
};

/// How often the gateway asks runtimes what they offer, and how long each answer may take.
struct RuntimeChecks {
    std::chrono::seconds every{600};
    std::chrono::milliseconds timeout{10'000};
};

struct Catalog {
    std::string public_origin;  ///< public_url without a trailing slash
    bool secure = false;        ///< public_url is https: cookies get `__Host-` and Secure
    std::vector<Server> servers;
    std::vector<Profile> profiles;
    std::vector<OidcProvider> oidc;
    bool local_sign_in = false, self_register = false;
    TokenSettings tokens;
    RuntimeChecks runtime_checks;
    std::vector<PolicyRule> policies;  ///< of every server
    std::vector<Budget> budgets;       ///< of every server
    ToolCosts tool_costs;

    [[nodiscard]] const Server* find_server(std::string_view name) const;
    [[nodiscard]] const Profile* find_profile(std::string_view name) const;
    [[nodiscard]] const OidcProvider* find_oidc(std::string_view name) const;
    /// By canonical MCP URL (base/url.h canonical_resource).
    [[nodiscard]] const Server* find_by_mcp_url(std::string_view canonical) const;
    /// By request origin and path; the path may end in one slash. Null for anything else.
    [[nodiscard]] const Server* find_by_path(std::string_view origin, std::string_view path) const;
    /// True when some server obtains its accounts in exchange for sign-ins at this OIDC entry.
    [[nodiscard]] bool exchanges_sign_in(std::string_view provider) const;
    [[nodiscard]] std::vector<const Server*> servers_of_origin(std::string_view origin) const;
    /// True for public_origin and the origins of servers with a host of their own.
    [[nodiscard]] bool is_own_origin(std::string_view origin) const;
};

using LiveCatalog = Live<Catalog>;

}  // namespace gatehouse::catalog
