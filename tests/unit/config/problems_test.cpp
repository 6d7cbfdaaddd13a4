// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "config/config.h"
#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

using testing::ElementsAre;

/// What is right; each case spoils one thing. Lines are counted in the cases.
constexpr std::string_view kValid = R"(version: 1
public_url: https://mcp.example.com
listen: 127.0.0.1:8080
admin: {listen: 127.0.0.1:9901}
limits: {request_body: 4MiB}
tokens: {access_ttl: 1h}
sign_in:
  local: {enabled: true}
  oidc: {corp: {issuer: https://id.example.com, client_id: gw}}
profiles:
  todo:
    issuer: https://auth.example
    client: {id: gatehouse, secret: hush}
    scopes: [read, write]
    identity: {from: id_token}
servers:
  todo:
    runtime: http://127.0.0.1:9000/mcp
    profile: todo
    sign_in: downstream
    scopes: [read]
    worker: {secret: hush}
    clients: [{id: desk, redirect_uris: ["http://127.0.0.1/cb"]}]
  notes:
    runtime: http://127.0.0.1:9001/mcp
    sign_in: local
)";

struct Spoiled {
    const char* name;
    std::string_view from, to;
    std::string_view problem;  ///< after "g.yaml:"
};

void PrintTo(const Spoiled& spoiled, std::ostream* out) {
    *out << spoiled.name;
}

std::vector<std::string> problems_of(std::string_view text) {
    const auto outcome = parse(text, "g.yaml", test::ConfigEnvironment().get());
    std::vector<std::string> lines;
    if (!outcome) {
        for (const Problem& problem : outcome.error()) {
            lines.push_back(describe(problem));
        }
    }
    return lines;
}

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(kValid);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class SpoiledConfig : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledConfig, IsRefusedWithPlaceAndReason) {
    const Spoiled& spoiled = GetParam();
    EXPECT_THAT(problems_of(replaced(spoiled.from, spoiled.to)),
                ElementsAre("g.yaml:" + std::string(spoiled.problem)));
}

constexpr Spoiled kProcess[] = {
    {"UnknownKey", "listen: 127", "lisen: 127", "3:1: unknown key `lisen`; did you mean `listen`?"},
    {"UnknownNestedKey", "{access_ttl: 1h}", "{access_tll: 1h}",
     "6:10: unknown key `access_tll` in `tokens`; did you mean `access_ttl`?"},
    {"FarUnknownKey", "version: 1", "xyzzy: 1", "1:1: unknown key `xyzzy`"},
    {"Version", "version: 1", "version: 2", "1:10: `version`: expected 1, found `2`"},
    {"QuotedVersion", "version: 1", "version: \"1\"",
     "1:10: `version`: expected a value without quotes, found `1`"},
    {"RepeatedKey", "listen: 127.0.0.1:8080\n", "version: 1\n",
     "3:1: `version` is written twice, first in line 1"},
    {"MissingUrl", "public_url: https://mcp.example.com\n", "", "1:1: `public_url` is missing"},
    {"PlainPublicUrl", "https://mcp", "http://mcp",
     "2:13: `public_url`: expected an https URL (http is for loopback hosts only), found "
     "`http://mcp.example.com`"},
    {"UrlWithPath", "mcp.example.com", "mcp.example.com/mcp",
     "2:13: `public_url`: expected scheme, host and port only, such as `https://mcp.example.com`"},
    {"BadUrl", "https://mcp.example.com", "mcp.example.com",
     "2:13: `public_url`: expected an http or https URL, found `mcp.example.com`"},
    {"Address", "127.0.0.1:8080", "8080",
     "3:9: `listen`: expected an address and a port such as 127.0.0.1:8080, found `8080`"},
    {"HostnameToListenOn", "127.0.0.1:8080", "example.com:8080",
     "3:9: `listen`: expected an address and a port such as 127.0.0.1:8080, found "
     "`example.com:8080`"},
    {"EmptyListen", "127.0.0.1:8080", "[]", "3:9: `listen`: the list is empty"},
    {"PublicAdmin", "127.0.0.1:9901", "0.0.0.0:9901",
     "4:17: `admin.listen`: beyond loopback the admin listener needs TLS, which is not available "
     "in "
     "this version"},
    {"SameListeners", "127.0.0.1:9901", "127.0.0.1:8080",
     "4:17: `admin.listen`: the public listener has this address already"},
    {"DanglingAdminSignIn", "{listen: 127.0.0.1:9901}", "{sign_in: crop}",
     "4:18: `admin.sign_in`: there is no entry `crop` in `sign_in.oidc`; did you mean `corp`?"},
    {"Size", "4MiB", "4MB",
     "5:24: `limits.request_body`: expected a size such as 64KiB or 4MiB, found `4MB`"},
    {"SizeOutOfBounds", "4MiB", "4GiB",
     "5:24: `limits.request_body`: expected 1 to 1GiB, found `4GiB`"},
    {"Duration", "access_ttl: 1h", "access_ttl: 60",
     "6:22: `tokens.access_ttl`: expected a duration such as 500ms, 10s, 5m, 2h or 30d, found "
     "`60`"},
    {"SectionAsText", "{access_ttl: 1h}", "1h",
     "6:9: `tokens`: expected a mapping, found a single value"},
    {"ListAsText", "127.0.0.1:8080", "127.0.0.1:8080\ntrusted_proxies: 10.0.0.0/8",
     "4:18: `trusted_proxies`: expected a list, found a single value"},
    {"Cidr", "127.0.0.1:8080", "127.0.0.1:8080\ntrusted_proxies: [10.0.0.0/33]",
     "4:19: `trusted_proxies`: expected an address block such as 10.0.0.0/8, found `10.0.0.0/33`"},
    {"TextAsList", "https://mcp.example.com", "[https://mcp.example.com]",
     "2:13: `public_url`: expected a single value, found a list"},
    {"Nothing", "https://mcp.example.com", "",
     "2:1: `public_url`: expected a single value, found nothing"},
    {"Switch", "{enabled: true}", "{enabled: yes}",
     "8:20: `sign_in.local.enabled`: expected true or false, found `yes`"},
    {"ReservedOidcName",
     "corp:", "local:", "9:10: `sign_in.oidc.local`: this name has a meaning of its own"},
    {"BadName",
     "corp:", "co/rp:", "9:10: `co/rp` is not a name: letters, digits, `-` and `_`, at most 63"},
    {"MissingOidcId", ", client_id: gw", "", "9:16: `sign_in.oidc.corp.client_id` is missing"},
    {"PostgresWithoutKey", "listen: 127.0.0.1:8080", "store: postgresql://u:pw@h/db",
     "3:8: `store`: a store that replicas share needs a `master_key`: 32 bytes in base64, the same "
     "for all of them (`openssl rand -base64 32` makes one)"},
    {"Store", "listen: 127.0.0.1:8080", "store: mysql:x",
     "3:8: `store`: expected `sqlite:` and the path of a file, or "
     "`postgresql://user:password@host/database`"},
    {"MasterKey", "listen: 127.0.0.1:8080",
     "master_key: c2hvcnQ=", "3:13: `master_key`: expected 32 bytes in base64"},
    {"PolicyService", "listen: 127.0.0.1:8080", "policy_service: {timeout: 1s}",
     "3:17: `policy_service.opa` is missing"},
    {"PolicyServiceUrl", "listen: 127.0.0.1:8080", "policy_service: {opa: opa}",
     "3:23: `policy_service.opa`: expected an http or https URL, found `opa`"},
    {"MissingVariable", "https://mcp.example.com", "${MCP_URL}",
     "2:13: `public_url`: the environment variable MCP_URL is not set"},
    {"MissingFile", "https://mcp.example.com", "${file:url.txt}",
     "2:13: `public_url`: the file url.txt cannot be read"},
    {"OpenBrace", "https://mcp.example.com", "https://${mcp",
     "2:13: `public_url`: write ${NAME}, ${file:PATH}, or $${ for the two characters"},
    {"MissingCertificates", "listen: 127.0.0.1:8080", "outbound: {ca_certificates: ca.pem}",
     "3:29: `outbound.ca_certificates`: the file `ca.pem` cannot be read"},
    {"NotYaml", "listen: 127.0.0.1:8080", "listen: [",
     "5:1: not valid YAML: end of sequence flow not found"},
    {"Tag", "version: 1", "version: !!int 1", "1:10: tags are not supported"},
    {"OwnAnchor", "version: 1", "version: &a [*a]", "1:14: an alias inside its own anchor"},
    {"SecondDocument", "    sign_in: local\n", "    sign_in: local\n---\nversion: 1\n",
     "27:1: only one YAML document is read"},
};

constexpr Spoiled kProfiles[] = {
    {"NoIssuer", "    issuer: https://auth.example\n", "",
     "11:3: `profiles.todo.issuer`: `issuer` is missing; or write `endpoints`, "
     "or `api_key`"},
    {"PlainIssuer", "https://auth.example", "http://auth.example",
     "12:13: `profiles.todo.issuer`: expected an https URL (http is for loopback hosts only), "
     "found "
     "`http://auth.example`"},
    {"Registration", "issuer: https://auth.example",
     "issuer: https://auth.example\n    registration: dynamik",
     "13:19: `profiles.todo.registration`: expected one of static, cimd, dynamic, found `dynamik`; "
     "did you mean `dynamic`?"},
    {"NoClientId", "{id: gatehouse, secret: hush}", "{secret: hush}",
     "13:13: `profiles.todo.client.id`: missing; `registration: static` needs it"},
    {"NoClientSecret", "secret: hush}\n    scopes", "auth_method: client_secret_post}\n    scopes",
     "13:42: `profiles.todo.client.auth_method`: it needs `client.secret`"},
    {"UnusedClientSecret", "secret: hush}\n    scopes",
     "secret: hush, auth_method: none}\n    scopes",
     "13:37: `profiles.todo.client.secret`: this `auth_method` never sends it"},
    {"EmptyClientSecret", "secret: hush}\n    scopes", "secret: \"\"}\n    scopes",
     "13:37: `profiles.todo.client.secret`: expected a value, found an empty one"},
    {"Scope", "[read, write]", "[read, \"wr ite\"]",
     "14:20: `profiles.todo.scopes`: expected a scope: printable ASCII without spaces and quotes, "
     "found `wr ite`"},
    {"IdentitySource", "{from: id_token}", "{from: id-token}",
     "15:22: `profiles.todo.identity.from`: expected one of id_token, userinfo, introspection, "
     "access_token, none, found `id-token`; did you mean `id_token`?"},
    {"NoIdentitySource", "{from: id_token}", "{email: mail}",
     "15:15: `profiles.todo.identity.from`: missing"},
    {"OwnParameter", "{from: id_token}", "{from: id_token}\n    authorize_params: {state: x}",
     "16:23: `profiles.todo.authorize_params`: the gateway itself sets `state`"},
    {"NoDownstreamIdentity", "{from: id_token}", "{from: none}",
     "20:14: `servers.todo.sign_in`: `downstream` needs an identity, and "
     "`profiles.todo.identity.from` is none"},
};

constexpr Spoiled kServers[] = {
    {"NoRuntime", "    runtime: http://127.0.0.1:9001/mcp\n", "",
     "25:5: `servers.notes.runtime` is missing"},
    {"RuntimeUrl", "http://127.0.0.1:9000/mcp", "127.0.0.1:9000",
     "18:14: `servers.todo.runtime`: expected an http or https URL, found `127.0.0.1:9000`"},
    {"DanglingProfile", "profile: todo", "profile: tood",
     "19:14: `servers.todo.profile`: there is no profile `tood`; did you mean `todo`?"},
    {"DanglingSignIn", "sign_in: downstream", "sign_in: corpp",
     "20:14: `servers.todo.sign_in`: there is no way to sign in called `corpp`; did you mean "
     "`corp`?"},
    {"DownstreamWithoutProfile", "sign_in: local\n", "sign_in: downstream\n",
     "26:14: `servers.notes.sign_in`: `downstream` needs a `profile`"},
    {"AmbiguousSignIn", "    sign_in: local\n", "",
     "24:3: `servers.notes.sign_in`: missing; say which of local, corp"},
    {"LocalDisabled", "{enabled: true}", "{enabled: false}",
     "26:14: `servers.notes.sign_in`: `sign_in.local` is not enabled"},
    {"ForeignScope", "    scopes: [read]", "    scopes: [read, wirte]",
     "21:20: `servers.todo.scopes`: `wirte` is not in `profiles.todo.scopes`; did you mean "
     "`write`?"},
    {"ForeignInitialScope", "    scopes: [read]", "    scopes: [read]\n    initial_scopes: [write]",
     "22:22: `servers.todo.initial_scopes`: `write` is not in `servers.todo.scopes`"},
    {"ReservedPath", "sign_in: local\n", "sign_in: local\n    path: /account\n",
     "27:11: `servers.notes.path`: `/account` is the gateway's own; write another `path`"},
    {"ReservedDeepPath", "sign_in: local\n", "sign_in: local\n    path: /.well-known/x\n",
     "27:11: `servers.notes.path`: `/.well-known` is the gateway's own; write another `path`"},
    {"ReservedName", "  notes:", "  connect:",
     "24:3: `servers.connect.path`: `/connect` is the gateway's own; write another `path`"},
    {"DoubledPath", "sign_in: local\n", "sign_in: local\n    path: /todo\n",
     "27:11: `servers.notes.path`: the server `todo` has this address already"},
    {"Path", "sign_in: local\n", "sign_in: local\n    path: /notes/\n",
     "27:11: `servers.notes.path`: expected a path such as /todo, without a slash at its end, "
     "found "
     "`/notes/`"},
    {"DottedPath", "sign_in: local\n", "sign_in: local\n    path: /a/../b\n",
     "27:11: `servers.notes.path`: expected a path such as /todo, without a slash at its end, "
     "found "
     "`/a/../b`"},
    {"Host", "sign_in: local\n", "sign_in: local\n    host: notes.example.com:8443\n",
     "27:11: `servers.notes.host`: expected a hostname such as todo.example.com, found "
     "`notes.example.com:8443`"},
    {"OwnHost", "sign_in: local\n", "sign_in: local\n    host: MCP.example.com\n",
     "27:11: `servers.notes.host`: this is the host of `public_url`"},
    {"ExposedSecret", "http://127.0.0.1:9001/mcp",
     "http://10.0.0.5/mcp\n    worker: {secret: hush}",
     "26:22: `servers.notes.worker.secret`: the secret would go over plain http to "
     "`http://10.0.0.5/mcp`; if the network between is yours alone, set "
     "`servers.notes.worker.plain_http` to true"},
    {"ExposedHeader", "http://127.0.0.1:9001/mcp",
     "http://10.0.0.5/mcp\n    worker: {static_headers: {X-Key: hush}}",
     "26:30: `servers.notes.worker.static_headers`: the values would go over plain http to "
     "`http://10.0.0.5/mcp`; if the network between is yours alone, set "
     "`servers.notes.worker.plain_http` to true"},
    {"ExposedTokens", "http://127.0.0.1:9001/mcp", "http://10.0.0.5/mcp\n    profile: todo",
     "26:14: `servers.notes.profile`: people's tokens would go over plain http to "
     "`http://10.0.0.5/mcp`; if the network between is yours alone, set "
     "`servers.notes.worker.plain_http` to true"},
    {"SecretWithLineBreak", "{secret: hush}\n    clients", "{secret: \"hu\\nsh\"}\n    clients",
     "22:22: `servers.todo.worker.secret`: a header can hold visible ASCII only, without line "
     "breaks and spaces around it"},
    {"SameHeaders", "{secret: hush}\n    clients",
     "{secret: hush, secret_header: X-A, token_header: x_a}\n    clients",
     "22:62: `servers.todo.worker.token_header`: `x_a` is used twice"},
    {"MessageHeader", "{secret: hush}\n    clients",
     "{secret: hush, secret_header: Host}\n    clients",
     "22:43: `servers.todo.worker.secret_header`: `Host` has a meaning of its own"},
    {"HeaderName", "{secret: hush}\n    clients",
     "{secret: hush, secret_header: \"X A\"}\n    clients",
     "22:43: `servers.todo.worker.secret_header`: expected the name of a header, found `X A`"},
    {"RepeatedClient", "  notes:\n",
     "  notes:\n    clients: [{id: desk, redirect_uris: [\"app:/cb\"]}]\n",
     "25:20: `servers.notes.clients[0].id`: `desk` is already `servers.todo.clients[0].id`, and "
     "ids "
     "are unique per origin"},
    {"NoClientName", "{id: desk, ", "{", "23:15: `servers.todo.clients[0].id` is missing"},
    {"NoRedirect", ", redirect_uris: [\"http://127.0.0.1/cb\"]", "",
     "23:15: `servers.todo.clients[0].redirect_uris`: missing; authorization_code needs one"},
    {"PlainRedirect", "http://127.0.0.1/cb", "http://app.example/cb",
     "23:42: `servers.todo.clients[0].redirect_uris`: `http://app.example/cb` uses http, which is "
     "for loopback hosts only"},
    {"ScriptRedirect", "http://127.0.0.1/cb", "javascript:x",
     "23:42: `servers.todo.clients[0].redirect_uris`: `javascript:x` has a scheme that is not "
     "possible for redirects"},
    {"NoSecret", "redirect_uris: [\"http://127.0.0.1/cb\"]", "grants: [client_credentials]",
     "23:15: `servers.todo.clients[0].secret`: missing; client_credentials needs it, or `jwks`"},
    {"TwoProofs", "{id: desk, ",
     "{id: desk, secret: hush-hush, jwks_uri: \"https://a.example/k\", ",
     "23:55: `servers.todo.clients[0].jwks_uri`: a client has one of `secret`, `jwks` and "
     "`jwks_uri`"},
    {"PrivateKeys", "{id: desk, ", "{id: desk, jwks: '{\"keys\":[{\"kty\":\"EC\",\"d\":\"x\"}]}', ",
     "23:32: `servers.todo.clients[0].jwks`: expected a JWK Set with public keys only"},
    {"PlainKeys", "{id: desk, ", "{id: desk, jwks_uri: \"http://a.example/k\", ",
     "23:36: `servers.todo.clients[0].jwks_uri`: expected an https URL"},
    {"ClientScope", "{id: desk, ", "{id: desk, scopes: [write], ",
     "23:35: `servers.todo.clients[0].scopes`: `write` is not in `servers.todo.scopes`"},
    {"Origin", "sign_in: local\n",
     "sign_in: local\n    cors: {origins: [\"http://a.example/x\"]}\n",
     "27:22: `servers.notes.cors.origins`: expected an origin such as http://localhost:6274, "
     "without a path, found `http://a.example/x`"},
    {"DefaultPolicy", "sign_in: local\n", "sign_in: local\n    default_policy: dney\n",
     "27:21: `servers.notes.default_policy`: expected one of allow, deny, found `dney`; did you "
     "mean `deny`?"},
    {"PersonalTokens", "sign_in: local\n", "sign_in: local\n    personal_tokens: some\n",
     "27:22: `servers.notes.personal_tokens`: expected true or false, found `some`"},
    {"ReservedClient", "{id: desk, ", "{id: personal-token, ",
     "23:20: `servers.todo.clients[0].id`: this id stands for personal access tokens"},
};

constexpr Spoiled kBudgets[] = {
    {"ToolCost", "sign_in: local\n", "sign_in: local\n    tool_costs: {x: -1}\n",
     "27:21: `servers.notes.tool_costs.x`: expected a whole number, found `-1`"},
    {"NoName", "sign_in: local\n", "sign_in: local\n    budgets: [{limit: 1 calls, window: 1m}]\n",
     "27:15: `servers.notes.budgets[0].name` is missing"},
    {"BudgetName", "sign_in: local\n",
     "sign_in: local\n    budgets: [{name: a b, limit: 1 calls, window: 1m}]\n",
     "27:22: `servers.notes.budgets[0].name`: `a b` is not a name: letters, digits, `-`, `_` and "
     "`.`, at most 63"},
    {"BudgetTwice", "sign_in: local\n",
     "sign_in: local\n    budgets:\n      - {name: a, limit: 1 calls, window: 1m}\n"
     "      - {name: a, limit: 2 calls, window: 1h}\n",
     "29:16: `servers.notes.budgets[1].name`: `a` is the name of another budget, in line 28"},
    {"LimitWithoutUnit", "listen: 127.0.0.1:8080", "budgets: [{name: a, limit: 60, window: 1m}]",
     "3:28: `budgets[0].limit`: expected an amount from 1 and its unit, such as `60 calls`, `500 "
     "units`, `1MiB bytes` or `5 concurrent`, found `60`"},
    {"LimitOfNothing", "listen: 127.0.0.1:8080", "budgets: [{name: a, limit: 0 calls, window: 1m}]",
     "3:28: `budgets[0].limit`: expected an amount from 1 and its unit, such as `60 calls`, `500 "
     "units`, `1MiB bytes` or `5 concurrent`, found `0 calls`"},
    {"NoWindow", "listen: 127.0.0.1:8080", "budgets: [{name: a, limit: 60 calls}]",
     "3:11: `budgets[0].window`: missing; one of 1m, 1h, 1d, 1w, 1mo"},
    {"Window", "listen: 127.0.0.1:8080", "budgets: [{name: a, limit: 60 calls, window: 2m}]",
     "3:46: `budgets[0].window`: expected one of 1m, 1h, 1d, 1w, 1mo, found `2m`; did you mean "
     "`1m`?"},
    {"WindowOfSlots", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, limit: 5 concurrent, window: 1m}]",
     "3:50: `budgets[0].window`: a limit of concurrent calls has no window"},
    {"WarnAt", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, limit: 60 calls, window: 1m, warn_at: 80}]",
     "3:59: `budgets[0].warn_at`: expected a percentage from 1% to 100%, found `80`"},
    {"WarnAtSlots", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, limit: 5 concurrent, warn_at: 80%}]",
     "3:51: `budgets[0].warn_at`: a limit of concurrent calls has no warning"},
    {"Per", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, per: [usr], limit: 60 calls, window: 1m}]",
     "3:27: `budgets[0].per`: expected one of user, client, server, tool, group, found `usr`; did "
     "you mean `user`?"},
    {"PerTwice", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, per: [user, user], limit: 60 calls, window: 1m}]",
     "3:33: `budgets[0].per`: `user` is written twice"},
    {"When", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, when: {tool: [x]}, limit: 60 calls, window: 1m}]",
     "3:28: unknown key `tool` in `budgets[0].when`; did you mean `tools`?"},
    {"WhenNothing", "listen: 127.0.0.1:8080",
     "budgets: [{name: a, when: {tools: []}, limit: 60 calls, window: 1m}]",
     "3:35: `budgets[0].when.tools`: the list is empty"},
};

std::string name_of(const testing::TestParamInfo<Spoiled>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Process, SpoiledConfig, testing::ValuesIn(kProcess), name_of);
INSTANTIATE_TEST_SUITE_P(Profiles, SpoiledConfig, testing::ValuesIn(kProfiles), name_of);
INSTANTIATE_TEST_SUITE_P(Budgets, SpoiledConfig, testing::ValuesIn(kBudgets), name_of);
INSTANTIATE_TEST_SUITE_P(Servers, SpoiledConfig, testing::ValuesIn(kServers), name_of);

TEST(Problems, ThereAreNoneInTheValidFile) {
    EXPECT_THAT(problems_of(kValid), ElementsAre());
}

TEST(Problems, AreReportedAllAtOnceInTheOrderOfTheFile) {
    EXPECT_THAT(problems_of("public_url: nowhere\nlimits: {connections: many}\nlisen: x\n"),
                ElementsAre("g.yaml:1:13: `public_url`: expected an http or https URL, found "
                            "`nowhere`",
                            "g.yaml:2:23: `limits.connections`: expected a whole number, found "
                            "`many`",
                            "g.yaml:3:1: unknown key `lisen`; did you mean `listen`?"));
}

TEST(Problems, NeverShowASecret) {
    test::ConfigEnvironment environment;
    environment.variables["KEY"] = "hush-env";
    const auto outcome = parse(
        "public_url: ${KEY}\nmaster_key: hush-key\nservers: {s: {runtime: \"http://127.0.0.1\", "
        "worker: {secret: \"hush\\u00e9\"}}}\n",
        "g.yaml", environment.get());
    ASSERT_FALSE(outcome);
    for (const Problem& problem : outcome.error()) {
        EXPECT_FALSE(problem.message.contains("hush")) << problem.message;
    }
    EXPECT_GE(outcome.error().size(), 3U);
}

TEST(Problems, TellWhatIsWrongWithTheFilesOfTls) {
    const auto with = [](const std::string& tls) {
        return problems_of(replaced("version: 1", "version: 1\ntls: " + tls));
    };
    EXPECT_THAT(with("{certificate: c.pem, key: k.pem}"),
                ElementsAre("g.yaml:2:20: `tls.certificate`: the file `c.pem` cannot be read",
                            "g.yaml:2:32: `tls.key`: the file `k.pem` cannot be read"));
    EXPECT_THAT(with("{cert: c.pem, key: k.pem}"),
                ElementsAre("g.yaml:2:6: `tls.certificate` is missing",
                            "g.yaml:2:7: unknown key `cert` in `tls`",
                            "g.yaml:2:25: `tls.key`: the file `k.pem` cannot be read"));
    EXPECT_THAT(with("{}"), ElementsAre("g.yaml:2:6: `tls.certificate` is missing",
                                        "g.yaml:2:6: `tls.key` is missing"));
}

TEST(Problems, AcceptHttpsRuntimes) {
    EXPECT_THAT(problems_of(replaced("http://127.0.0.1:9000/mcp", "https://runtime.example/mcp")),
                ElementsAre());
}

TEST(Problems, AcceptEmptyFormsOfWhatIsNotBuilt) {
    EXPECT_THAT(problems_of(replaced("version: 1", "version: 1\npolicies: []\nbudgets: []\n")),
                ElementsAre());
    EXPECT_THAT(problems_of(replaced("sign_in: local\n", "sign_in: local\n    tool_costs: {}\n")),
                ElementsAre());
}

TEST(Problems, PlainHttpCanBeAllowed) {
    EXPECT_THAT(problems_of(replaced("http://127.0.0.1:9001/mcp",
                                     "http://runtime:9001/mcp\n    worker: {secret: x, plain_http: "
                                     "true}")),
                ElementsAre());
}

TEST(Problems, AliasBombsAndDeepNestingEnd) {
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    for (char name = 'b'; name < 'j'; ++name) {
        const char before = static_cast<char>(name - 1);
        bomb += std::string(1, name) + ": &" + name + " [";
        for (int i = 0; i < 10; ++i) {
            bomb += std::string(i == 0 ? "*" : ",*") + before;
        }
        bomb += "]\n";
    }
    ASSERT_EQ(problems_of(bomb).size(), 1U);
    EXPECT_TRUE(problems_of(bomb).front().contains("the file is too large"));
    EXPECT_TRUE(problems_of(std::string(400, '[') + std::string(400, ']'))
                    .front()
                    .contains("nested too deeply"));
}

TEST(Problems, BytesThatAreNoTextHaveTheirLine) {
    EXPECT_THAT(problems_of("version: 1\ntitle: \xff\n"),
                ElementsAre("g.yaml:2:1: this line is not UTF-8 text"));
}

TEST(ConfigProblems, AnExchangeNeedsASignInProviderAndBringsNoIdToken) {
    const std::string exchange = "    exchange: {subject: id_token}\n";
    std::string text(kValid);
    const std::string identity = "    identity: {from: id_token}\n";
    text.replace(text.find(identity), identity.size(), exchange);
    const std::string way = "sign_in: downstream";
    text.replace(text.find(way), way.size(), "sign_in: corp");
    EXPECT_THAT(problems_of(text), ElementsAre());
    std::string local = text;
    local.replace(local.find("sign_in: corp"), 13, "sign_in: local");
    EXPECT_THAT(problems_of(local),
                ElementsAre(testing::HasSubstr("`profiles.todo.exchange` needs people who sign in "
                                               "through `sign_in.oidc`")));
    std::string named = text;
    named.replace(named.find(exchange), exchange.size(), exchange + identity);
    EXPECT_THAT(problems_of(named),
                ElementsAre(testing::HasSubstr("an exchange brings no ID token of the account")));
    std::string other = text;
    other.replace(other.find("{subject: id_token}"), 19, "{subject: saml}");
    EXPECT_THAT(problems_of(other),
                ElementsAre(testing::HasSubstr("profiles.todo.exchange.subject")));
}

}  // namespace
}  // namespace gatehouse::config
