// SPDX-License-Identifier: Apache-2.0
#include "admin/internal/operations.h"

#include <array>

namespace gatehouse::admin {
namespace {

constexpr std::array kOperations{
    Operation{"POST", "/api/v1/session", "Sign in to the console", "Session", "SignIn"},
    Operation{"GET", "/api/v1/session", "Who is signed in, and with which role", "Session", ""},
    Operation{"DELETE", "/api/v1/session", "Sign out", "", ""},
    Operation{"GET", "/api/v1/status", "How the gateway is", "Status", ""},
    Operation{"GET", "/api/v1/openapi.json", "This document", "any", ""},
    Operation{"GET", "/api/v1/traffic", "Calls over a window of time", "Traffic", "", "window"},
    Operation{"GET", "/api/v1/servers", "The attached runtimes", "list of Server", ""},
    Operation{"POST", "/api/v1/servers", "Attach a runtime", "Server", "NewServer", "dry_run"},
    Operation{"GET", "/api/v1/servers/{id}", "One server", "Server", ""},
    Operation{"PATCH", "/api/v1/servers/{id}", "Change a server that the API made", "Server", "any",
              "dry_run"},
    Operation{"DELETE", "/api/v1/servers/{id}", "Detach a runtime that the API attached", "", "",
              "dry_run"},
    Operation{"GET", "/api/v1/profiles", "The downstream auth boundaries", "list of Profile", ""},
    Operation{"POST", "/api/v1/profiles", "Make a profile", "Profile", "NewProfile", "dry_run"},
    Operation{"GET", "/api/v1/profiles/{id}", "One profile", "Profile", ""},
    Operation{"PATCH", "/api/v1/profiles/{id}", "Change a profile that the API made", "Profile",
              "any", "dry_run"},
    Operation{"DELETE", "/api/v1/profiles/{id}", "Remove a profile that no server uses", "", "",
              "dry_run"},
    Operation{"GET", "/api/v1/policies", "The rules, in the order in which they are asked",
              "list of Policy", ""},
    Operation{"POST", "/api/v1/policies", "Make a rule", "Policy", "NewPolicy", "dry_run"},
    Operation{"GET", "/api/v1/policies/{id}", "One rule", "Policy", ""},
    Operation{"PATCH", "/api/v1/policies/{id}", "Change a rule that the API made", "Policy", "any",
              "dry_run"},
    Operation{"DELETE", "/api/v1/policies/{id}", "Remove a rule that the API made", "", "",
              "dry_run"},
    Operation{"POST", "/api/v1/policies/test", "What would be decided about a tool call", "any",
              "any"},
    Operation{"POST", "/api/v1/policies/replay", "Recorded calls against other rules", "any",
              "any"},
    Operation{"GET", "/api/v1/budgets", "The budgets, with what is used", "list of Budget", ""},
    Operation{"POST", "/api/v1/budgets", "Make a budget", "Budget", "NewBudget", "dry_run"},
    Operation{"GET", "/api/v1/budgets/{id}", "One budget", "Budget", ""},
    Operation{"PATCH", "/api/v1/budgets/{id}", "Change a budget that the API made", "Budget", "any",
              "dry_run"},
    Operation{"DELETE", "/api/v1/budgets/{id}", "Remove a budget that the API made", "", "",
              "dry_run"},
    Operation{"GET", "/api/v1/budgets/{id}/use", "Who used how much of it", "list of BudgetUse",
              ""},
    Operation{"GET", "/api/v1/export", "What the API made, as YAML for the file", "Export", "",
              "server"},
    Operation{"GET", "/api/v1/runtimes", "What is known of each runtime", "list of any", ""},
    Operation{"GET", "/api/v1/runtimes/{id}", "What is known of one runtime", "any", ""},
    Operation{"POST", "/api/v1/runtimes/probe", "Ask a runtime that is not attached", "any", "any"},
    Operation{"POST", "/api/v1/runtimes/{id}/refresh", "Ask a runtime now", "any", ""},
    Operation{"GET", "/api/v1/servers/{id}/tools", "The tools of a server", "list of any", ""},
    Operation{"POST", "/api/v1/servers/{id}/tools/approve", "The tools are as they should be",
              "any", "any"},
    Operation{"GET", "/api/v1/users", "The people", "list of User", ""},
    Operation{"POST", "/api/v1/users", "Make a local account", "User", "NewUser"},
    Operation{"GET", "/api/v1/users/{id}", "One person, by id, name or e-mail", "User", ""},
    Operation{"PATCH", "/api/v1/users/{id}", "Change a person", "User", "any"},
    Operation{"DELETE", "/api/v1/users/{id}", "Remove a person and everything that is theirs", "",
              ""},
    Operation{"GET", "/api/v1/users/{id}/export", "What is kept of a person", "any", ""},
    Operation{"POST", "/api/v1/users/{id}/reset-link",
              "Make a link with which a person chooses a new password", "any", ""},
    Operation{"GET", "/api/v1/clients", "The MCP clients", "list of Client", ""},
    Operation{"GET", "/api/v1/clients/{id}", "One client", "Client", ""},
    Operation{"PATCH", "/api/v1/clients/{id}", "Change a client", "Client", "any"},
    Operation{"DELETE", "/api/v1/clients/{id}", "Remove a client", "", ""},
    Operation{"GET", "/api/v1/connections", "The clients' authorizations", "list of Connection", "",
              "user server client revoked"},
    Operation{"GET", "/api/v1/connections/{id}", "One authorization", "Connection", ""},
    Operation{"DELETE", "/api/v1/connections/{id}", "Revoke an authorization and its tokens", "",
              ""},
    Operation{"GET", "/api/v1/grants", "The downstream tokens held for people", "list of Grant",
              ""},
    Operation{"GET", "/api/v1/grants/{id}", "One grant", "Grant", ""},
    Operation{"DELETE", "/api/v1/grants/{id}", "Forget downstream tokens", "", ""},
    Operation{"GET", "/api/v1/keys", "The keys that sign tokens", "list of Key", ""},
    Operation{"GET", "/api/v1/keys/{id}", "One key", "Key", ""},
    Operation{"POST", "/api/v1/keys/rotate", "Publish a new key, which signs later", "Key", "any"},
    Operation{"DELETE", "/api/v1/keys/{id}", "Remove a key: what it signed ends at once", "", ""},
    Operation{"GET", "/api/v1/tokens", "The personal access tokens", "list of Token", "", "user"},
    Operation{"POST", "/api/v1/tokens", "Make a token, shown this once", "MadeToken", "NewToken"},
    Operation{"GET", "/api/v1/tokens/{id}", "One token", "Token", ""},
    Operation{"DELETE", "/api/v1/tokens/{id}", "End a token", "", ""},
    Operation{"GET", "/api/v1/blocks", "Hosts whose clients are kept out", "list of Block", ""},
    Operation{"POST", "/api/v1/blocks", "Keep the clients of a host out", "Block", "NewBlock"},
    Operation{"DELETE", "/api/v1/blocks/{id}", "Let the clients of a host in again", "", ""},
    Operation{"GET", "/api/v1/logs", "What was recorded, newest first", "list of Record", "",
              "server user client tool method decision rule reason outcome kind event connection "
              "request_id trace_id text since until after"},
    Operation{"POST", "/api/v1/logs/verify", "Find records that were changed", "any", ""},
    Operation{"GET", "/api/v1/events", "Records as server-sent events, from now on", "any", "",
              "server user client tool method decision rule reason outcome kind event connection "
              "request_id trace_id text after"},
    Operation{"GET", "/api/v1/attempts", "How clients tried to connect, newest first",
              "list of any", "", "server client verdict after"},
    Operation{"GET", "/api/v1/attempts/{id}", "One attempt", "any", ""},
    Operation{"GET", "/api/v1/pauses", "What is paused", "list of Pause", ""},
    Operation{"POST", "/api/v1/pauses", "Refuse calls from now on", "Pause", "NewPause"},
    Operation{"DELETE", "/api/v1/pauses/{id}", "Let calls go on", "", ""},
    Operation{"GET", "/api/v1/api-keys", "The keys of this API", "list of ApiKey", ""},
    Operation{"POST", "/api/v1/api-keys", "Make a key, shown this once", "MadeApiKey", "NewApiKey"},
    Operation{"GET", "/api/v1/api-keys/{id}", "One key, by id or name", "ApiKey", ""},
    Operation{"DELETE", "/api/v1/api-keys/{id}", "End a key", "", ""},
    Operation{"POST", "/api/v1/admin-token/rotate", "Replace admin.token", "AdminToken", ""},
};

constexpr std::array kSchemas{
    Schema{"Problem",
           "type:string title:string status:integer detail:string? errors:[FieldError]?"},
    Schema{"FieldError", "path:string message:string"},
    Schema{"SignIn", "credential:string"},
    Schema{"Session", "name:string role:string anti_forgery:string?"},
    Schema{"Status",
           "started_at:time public_url:string servers:integer config:ConfigState "
           "policy_service:PolicyServiceUse"},
    Schema{"PolicyServiceUse",
           "asked:integer allowed:integer denied:integer failed:integer "
           "remembered:integer microseconds:integer"},
    Schema{"ConfigState", "generation:integer error:any"},
    Schema{"Traffic",
           "window:string step_s:integer since:time calls:integer errors:integer refused:integer "
           "p50_ms:number p95_ms:number sampled:boolean buckets:[TrafficBucket]"},
    Schema{"TrafficBucket",
           "time:time calls:integer errors:integer refused:integer p50_ms:number p95_ms:number"},
    Schema{"Server",
           "id:string name:string title:string origin:string url:string runtime:[string] "
           "sign_in:string scopes:[string] initial_scopes:[string] worker:any registration:any "
           "clients:[string] cors:any access:any default_policy:string audit:any path:string? "
           "host:string? profile:string? created_at:time? updated_at:time? defined:any?"},
    Schema{"NewServer", "name:string runtime:any"},
    Schema{"Profile",
           "id:string name:string origin:string registration:string scopes:[string] client:any "
           "identity:any refresh_before:string issuer:string? resource:string? audience:string? "
           "created_at:time? updated_at:time? defined:any?"},
    Schema{"NewProfile", "name:string"},
    Schema{"Policy",
           "id:string name:string origin:string effect:string? server:string? scope:[string]? "
           "message:string? when:any? position:integer? created_at:time? updated_at:time? "
           "defined:any?"},
    Schema{"NewPolicy", "name:string effect:string server:string? when:any?"},
    Schema{"Budget",
           "id:string name:string origin:string limit:string per:[string] server:string? when:any? "
           "window:string? warn_at:string? used:integer remaining:integer resets_at:time? "
           "use:[BudgetUse] created_at:time? updated_at:time? defined:any?"},
    Schema{"BudgetUse", "id:string key:any used:integer remaining:integer resets_at:time?"},
    Schema{"NewBudget", "name:string limit:string server:string? window:string? per:[string]?"},
    Schema{"Export", "yaml:string"},
    Schema{"Token",
           "id:string origin:string name:string user:string server:string scopes:[string] "
           "tools:[string] created_at:time expires_at:time"},
    Schema{"MadeToken",
           "id:string origin:string name:string user:string server:string scopes:[string] "
           "tools:[string] created_at:time expires_at:time token:string"},
    Schema{
        "NewToken",
        "user:string server:string name:string? tools:[string]? scopes:[string]? expires:string?"},
    Schema{"Block", "id:string origin:string kind:string host:string blocked_at:time"},
    Schema{"NewBlock", "kind:string host:string"},
    Schema{"User",
           "id:string origin:string source:string subject:string name:string email:string "
           "email_verified:boolean groups:[string] disabled:boolean created_at:time? "
           "last_sign_in_at:time?"},
    Schema{"NewUser", "name:string email:string password:string groups:[string]?"},
    Schema{"Client",
           "id:string origin:string kind:string issuer:string redirect_uris:[string] name:string? "
           "server:string? grants:[string]? scopes:[string]? secret:string? disabled:boolean? "
           "first_seen_at:time?"},
    Schema{"Connection",
           "id:string origin:string user:string client:string client_name:string server:string "
           "redirect_host:string scopes:[string] created_at:time? last_used_at:time? "
           "expires_at:time? revoked_at:time?"},
    Schema{"Grant",
           "id:string origin:string user:string server:string profile:string account:string "
           "scopes:[string] state:string renewable:boolean created_at:time updated_at:time "
           "expires_at:time?"},
    Schema{"Key",
           "id:string origin:string alg:string created_at:time sign_from:time signing:boolean "
           "state:string"},
    Schema{"Record",
           "v:integer id:string time:time kind:string event:string? request_id:string? "
           "trace_id:string? server:string? user:string? client:string? connection:string? "
           "revision:string? method:string? item:string? decision:any? http_status:integer? "
           "rpc_code:integer? is_error:boolean? duration_ms:number? runtime_ms:number? "
           "bytes_in:integer? bytes_out:integer? units:integer? arguments:any? detail:any? "
           "client_ip:string? client_version:string? runtime:string? error:string? result:any? "
           "open:boolean?"},
    Schema{"Pause", "id:string origin:string kind:string name:string target:string paused_at:time"},
    Schema{"NewPause", "kind:string name:string"},
    Schema{"ApiKey",
           "id:string origin:string name:string role:string made_by:string created_at:time "
           "expires_at:time? expired:boolean? last_used_at:time?"},
    Schema{"NewApiKey", "name:string role:string expires:string? expires_at:time?"},
    Schema{"MadeApiKey",
           "id:string origin:string name:string role:string made_by:string created_at:time "
           "expires_at:time? expired:boolean? key:string"},
    Schema{"AdminToken", "id:string token:string"},
};

}  // namespace

std::span<const Operation> operations() {
    return kOperations;
}

std::span<const Schema> schemas() {
    return kSchemas;
}

}  // namespace gatehouse::admin
