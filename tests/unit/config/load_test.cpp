// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// The sample of contract.md §3, without what this version lacks.
constexpr std::string_view kFull = R"(version: 1
public_url: https://mcp.example.com
listen: 127.0.0.1:8080
tls: {certificate: cert.pem, key: key.pem}
trusted_proxies: [127.0.0.1/32]
data_dir: ./data
store: sqlite:./data/gatehouse.db
master_key: ${GATEHOUSE_MASTER_KEY}
admin: {listen: 127.0.0.1:9901, sign_in: corp, emails: [ops@example.com]}
limits: {request_body: 4MiB, header_bytes: 32KiB, connections: 20000, upstream_timeout: 120s, idle_stream: 1h}
tokens: {access_ttl: 1h, refresh_ttl: 30d, refresh_idle: 14d, code_ttl: 60s, refresh_grace: 2m}
shutdown_grace: 20s
outbound: {ca_certificates: corp-ca.pem, client_urls: {allow_private: []}}

sign_in:
  local: {enabled: true, self_register: false}
  oidc:
    corp: {issuer: https://id.example.com, client_id: gatehouse, client_secret: "${CORP_SECRET}",
           scopes: [openid, email, profile, groups], groups_claim: groups, allowed_domains: [example.com]}

profiles:
  todo:
    issuer: https://auth.todo.example
    registration: static
    client: {id: gatehouse, secret: "${TODO_SECRET}", auth_method: client_secret_basic}
    resource: https://api.todo.example
    scopes: [todos.read, todos.write, offline_access]
    authorize_params: {prompt: consent}
    identity: {from: id_token, subject: sub, email: email, name: name, groups: groups, same_user: email}
    refresh_before: 60s

servers:
  todo:
    title: Todo
    runtime: http://127.0.0.1:9000/mcp
    path: /todo
    host: todo-mcp.example.com
    profile: todo
    sign_in: downstream
    scopes: [todos.read]
    initial_scopes: [todos.read]
    worker:
      secret: ${TODO_WORKER_SECRET}
      secret_header: X-Gateway-Worker-Secret
      token_header: X-Gateway-Access-Token
      plain_http: false
      static_headers: {X-Api-Key: "${TODO_API_KEY}"}
      identity_headers: true
    registration: {cimd: true, dynamic: true, cimd_hosts: ["*"]}
    clients:
      - {id: reporting, secret: "${REPORTING_SECRET}", grants: [client_credentials], scopes: [todos.read]}
      - {id: desktop, name: Desktop, redirect_uris: ["http://127.0.0.1/callback"]}
    cors: {origins: ["http://localhost:6274"]}
    access: {emails: [], domains: [], groups: []}
    default_policy: allow
    policies: []
    budgets: []
    tool_costs: {}
    audit: {arguments: redacted, results: none, retain: 90d}
)";

constexpr std::string_view kSmall = R"(public_url: http://127.0.0.1:8080
sign_in: {local: {enabled: true}}
servers:
  todo:
    runtime: http://127.0.0.1:9000/mcp
)";

class LoadTest : public testing::Test {
  protected:
    LoadTest() {
        environment_.variables = {{"GATEHOUSE_MASTER_KEY", std::string(kKey)},
                                  {"CORP_SECRET", "corp-secret"},
                                  {"TODO_SECRET", "todo-secret"},
                                  {"TODO_WORKER_SECRET", "worker-secret"},
                                  {"TODO_API_KEY", "api-key"},
                                  {"REPORTING_SECRET", "reporting-secret"}};
        environment_.files = {{"/etc/gatehouse/corp-ca.pem", "certificates"},
                              {"/etc/gatehouse/cert.pem", "certificate"},
                              {"/etc/gatehouse/key.pem", "key"}};
    }

    [[nodiscard]] Config must_parse(std::string_view text) const {
        auto outcome = parse(text, "/etc/gatehouse/gatehouse.yaml", environment_.get());
        if (!outcome) {
            for (const Problem& problem : outcome.error()) {
                ADD_FAILURE() << describe(problem);
            }
            return {.catalog = std::make_shared<catalog::Catalog>()};
        }
        return *std::move(outcome);
    }

    test::ConfigEnvironment environment_;
};

TEST_F(LoadTest, ReadsTheWholeSampleOfTheContract) {
    const Config config = must_parse(kFull);
    EXPECT_THAT(config.listen, ElementsAre(ListenAddress{"127.0.0.1", 8080}));
    EXPECT_EQ(config.tls.certificate, "/etc/gatehouse/cert.pem");
    EXPECT_EQ(config.tls.key, "/etc/gatehouse/key.pem");
    EXPECT_EQ(config.admin.sign_in, "corp");
    EXPECT_EQ(config.limits.request_body, 4U << 20U);
    EXPECT_EQ(config.limits.idle_stream, std::chrono::hours(1));
    EXPECT_EQ(config.database, "/etc/gatehouse/data/gatehouse.db");
    EXPECT_EQ(config.outbound.ca_certificates, "/etc/gatehouse/corp-ca.pem");
    ASSERT_EQ(config.master_keys.size(), 1U);
    EXPECT_EQ(config.master_keys[0].reveal(), "0123456789abcdef0123456789abcdef");

    const catalog::Catalog& catalog = *config.catalog;
    EXPECT_EQ(catalog.public_origin, "https://mcp.example.com");
    EXPECT_TRUE(catalog.secure);
    EXPECT_EQ(catalog.tokens.refresh_idle, std::chrono::days(14));
    ASSERT_NE(catalog.find_oidc("corp"), nullptr);
    EXPECT_EQ(catalog.find_oidc("corp")->client_secret.reveal(), "corp-secret");

    const catalog::Profile* profile = catalog.find_profile("todo");
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(profile->auth_method, catalog::ClientAuthMethod::kClientSecretBasic);
    EXPECT_EQ(profile->identity.from, catalog::IdentitySource::kIdToken);
    EXPECT_EQ(profile->identity.same_user, catalog::SameUser::kEmail);
    EXPECT_THAT(profile->authorize_params, ElementsAre(std::pair("prompt", "consent")));

    const catalog::Server* server = catalog.find_server("todo");
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(server->mcp_url, "https://todo-mcp.example.com/mcp");
    EXPECT_EQ(server->origin, "https://todo-mcp.example.com");
    EXPECT_THAT(server->path, IsEmpty());
    EXPECT_EQ(server->worker.secrets.at(0).reveal(), "worker-secret");
    EXPECT_EQ(server->worker.static_headers.at(0).second.reveal(), "api-key");
    ASSERT_EQ(server->clients.size(), 2U);
    EXPECT_THAT(server->clients[1].grants, ElementsAre("authorization_code", "refresh_token"));
    EXPECT_THAT(server->clients[1].scopes, ElementsAre("todos.read"));
    EXPECT_EQ(server->audit_retain, std::chrono::days(90));
}

TEST_F(LoadTest, FillsInTheDefaults) {
    const Config config = must_parse(kSmall);
    EXPECT_EQ(to_string(config.listen.at(0)), "127.0.0.1:8080");
    EXPECT_EQ(to_string(config.admin.listen), "127.0.0.1:9901");
    EXPECT_EQ(config.data_dir, "/etc/gatehouse/data");
    EXPECT_EQ(config.database, "/etc/gatehouse/data/gatehouse.db");
    EXPECT_EQ(config.limits.header_bytes, 32U << 10U);
    EXPECT_EQ(config.limits.connections, 20000U);
    EXPECT_EQ(config.limits.upstream_timeout, std::chrono::seconds(120));
    EXPECT_EQ(config.shutdown_grace, std::chrono::seconds(20));
    EXPECT_THAT(config.trusted_proxies, IsEmpty());
    EXPECT_THAT(config.master_keys, IsEmpty());
    EXPECT_FALSE(config.catalog->secure);
    EXPECT_FALSE(config.catalog->self_register);
    EXPECT_EQ(config.catalog->tokens.access_ttl, std::chrono::hours(1));
    EXPECT_EQ(config.catalog->tokens.refresh_grace, std::chrono::minutes(2));
    const catalog::Server& server = config.catalog->servers.at(0);
    EXPECT_EQ(server.title, "todo");
    EXPECT_EQ(server.mcp_url, "http://127.0.0.1:8080/todo/mcp");
    EXPECT_EQ(server.sign_in, "local");
    EXPECT_THAT(server.scopes, IsEmpty());
    EXPECT_TRUE(server.allow_cimd && server.allow_dynamic && server.worker.identity_headers);
    EXPECT_THAT(server.cimd_hosts, ElementsAre("*"));
    EXPECT_EQ(server.worker.secret_header, "X-Gateway-Worker-Secret");
    EXPECT_EQ(server.audit_arguments, catalog::Capture::kRedacted);
    EXPECT_EQ(server.audit_results, catalog::Capture::kNone);
}

TEST_F(LoadTest, TakesIdentityAndScopesFromTheProfile) {
    const Config config = must_parse(R"(public_url: https://mcp.example.com/
profiles:
  p:
    issuer: https://as.example
    client: {id: gw}
    scopes: [a, b]
    identity: {from: userinfo}
servers:
  s: {runtime: "http://localhost:9000/mcp", profile: p}
)");
    const catalog::Server& server = config.catalog->servers.at(0);
    EXPECT_EQ(server.sign_in, "downstream");
    EXPECT_THAT(server.scopes, ElementsAre("a", "b"));
    EXPECT_THAT(server.initial_scopes, ElementsAre("a", "b"));
    EXPECT_EQ(config.catalog->profiles.at(0).auth_method, catalog::ClientAuthMethod::kNone);
    EXPECT_EQ(config.catalog->public_origin, "https://mcp.example.com");
}

TEST_F(LoadTest, ExpandsVariablesAndFilesInsideLongerValues) {
    environment_.variables["PORT"] = "8123";
    environment_.files["/etc/gatehouse/secret.txt"] = "from-file\n";
    const Config config = must_parse(R"(public_url: http://127.0.0.1:${PORT}
sign_in: {local: {}}
servers:
  s:
    title: costs $${5} or $5
    runtime: http://127.0.0.1:9000/mcp
    worker: {secret: "${file:secret.txt}"}
)");
    EXPECT_EQ(config.catalog->public_origin, "http://127.0.0.1:8123");
    EXPECT_EQ(config.catalog->servers.at(0).title, "costs ${5} or $5");
    EXPECT_EQ(config.catalog->servers.at(0).worker.secrets.at(0).reveal(), "from-file");
}

TEST_F(LoadTest, TakesListsWhereOneValueWouldDo) {
    const Config config = must_parse(R"(public_url: http://localhost:8080
listen: ["127.0.0.1:8080", "[::1]:8080", ":8081"]
sign_in: {local: {}}
servers:
  s:
    runtime: [http://127.0.0.1:9000/mcp, http://127.0.0.1:9001/mcp]
    worker: {secret: [new, old]}
)");
    EXPECT_THAT(config.listen,
                ElementsAre(ListenAddress{"127.0.0.1", 8080}, ListenAddress{"::1", 8080},
                            ListenAddress{"0.0.0.0", 8081}));
    EXPECT_EQ(to_string(config.listen.at(1)), "[::1]:8080");
    EXPECT_EQ(config.catalog->servers.at(0).runtimes.size(), 2U);
    EXPECT_EQ(config.catalog->servers.at(0).worker.secrets.at(1).reveal(), "old");
}

TEST_F(LoadTest, ReadsADenyingDefaultPolicy) {
    const Config config = must_parse(std::string(kSmall) + "    default_policy: deny\n");
    EXPECT_EQ(config.catalog->servers.at(0).default_policy, catalog::DefaultPolicy::kDeny);
}

TEST_F(LoadTest, ReadsAnchorsAndAliases) {
    const Config config = must_parse(R"(public_url: http://127.0.0.1:8080
sign_in: {local: {}}
servers:
  a: {runtime: "http://127.0.0.1:9000/mcp", worker: &w {secret: shared}}
  b: {runtime: "http://127.0.0.1:9001/mcp", worker: *w}
)");
    EXPECT_EQ(config.catalog->servers.at(1).worker.secrets.at(0).reveal(), "shared");
}

TEST_F(LoadTest, DumpsEveryKeyWithoutSecrets) {
    environment_.variables["SECRET"] = "hush-1";
    const Config config = must_parse(R"(public_url: http://127.0.0.1:8080
sign_in: {local: {}}
servers:
  s:
    runtime: http://127.0.0.1:9000/mcp
    worker: {secret: ["${SECRET}", hush-2], static_headers: {X-Key: hush-3}}
    clients: [{id: c, secret: hush-4, grants: [client_credentials]}]
)");
    EXPECT_EQ(config.redacted_yaml.find("hush"), std::string::npos) << config.redacted_yaml;
    EXPECT_NE(config.redacted_yaml.find(R"x(secret: ["${SECRET}", "(hidden)"])x"),
              std::string::npos)
        << config.redacted_yaml;
    EXPECT_NE(config.redacted_yaml.find("  access_ttl: 1h\n"), std::string::npos);
    EXPECT_NE(config.redacted_yaml.find("      - id: c\n"), std::string::npos)
        << config.redacted_yaml;
}

TEST_F(LoadTest, DumpIsAConfigurationAgain) {
    const Config config = must_parse(kFull);
    const Config again = must_parse(config.redacted_yaml);
    EXPECT_EQ(again.redacted_yaml, config.redacted_yaml);
    EXPECT_EQ(again.catalog->servers.at(0).clients.size(), 2U);
}

TEST_F(LoadTest, NamesWhatAReloadMayNotChange) {
    const Config running = must_parse(kFull);
    EXPECT_THAT(non_reloadable_changes(running, must_parse(kFull)), IsEmpty());
    const Config next = must_parse(R"(public_url: https://other.example.com
listen: 127.0.0.1:8081
admin: {listen: "127.0.0.1:9902"}
data_dir: /var/lib/gatehouse
)");
    EXPECT_THAT(non_reloadable_changes(running, next),
                ElementsAre("public_url", "listen", "admin.listen", "data_dir", "store"));
}

TEST_F(LoadTest, FindsTheLocalAdminWithoutTheSecrets) {
    environment_.variables.clear();
    environment_.files["/srv/g.yaml"] =
        "public_url: ${UNSET}\ndata_dir: state\nadmin: {listen: \"127.0.0.1:0\"}\n";
    const auto local = local_admin("/srv/g.yaml", environment_.get());
    ASSERT_TRUE(local) << local.error().message;
    EXPECT_EQ(local->data_dir, "/srv/state");
    EXPECT_EQ(local->listen.port, 0);

    const auto absent = local_admin("/srv/absent.yaml", environment_.get());
    ASSERT_TRUE(absent);
    EXPECT_EQ(absent->data_dir, "/srv/data");
    EXPECT_EQ(absent->listen.port, 9901);

    environment_.files["/srv/bad.yaml"] = "admin: 5\n";
    EXPECT_EQ(local_admin("/srv/bad.yaml", environment_.get()).error().message,
              "/srv/bad.yaml:1:8: `admin`: expected a mapping, found a single value");
}

TEST_F(LoadTest, AcceptsItsOwnSample) {
    environment_.variables.clear();
    const Config config = must_parse(sample_yaml());
    EXPECT_EQ(config.catalog->servers.at(0).mcp_url, "http://127.0.0.1:8080/todo/mcp");
}

TEST_F(LoadTest, SaysWhichFileIsMissing) {
    const auto outcome = load("/nowhere/gatehouse.yaml", environment_.get());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(describe(outcome.error().at(0)), "/nowhere/gatehouse.yaml: there is no such file");
}

}  // namespace
}  // namespace gatehouse::config
