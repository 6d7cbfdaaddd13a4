// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/version.h"
#include "support/config_environment.h"
#include "support/fake_clock.h"
#include "support/scripted_client.h"
#include "support/temp_dir.h"

namespace gatehouse::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class RunTest : public testing::Test {
  protected:
    RunTest() {
        files_.files = {{"gatehouse.yaml", "public_url: http://127.0.0.1:8080\n"},
                        {folder() + "/data/admin.token", "the-token\n"}};
    }

    static std::string folder() { return std::filesystem::current_path().string(); }

    std::optional<int> run(std::initializer_list<std::string_view> arguments) {
        std::istringstream in(typed_);
        Environment environment{.in = in,
                                .out = out_,
                                .err = err_,
                                .client = client_,
                                .clock = clock_,
                                .files = files_.get(),
                                .wait = [this] { return waits_-- > 0; }};
        return cli::run(parse(std::span(arguments.begin(), arguments.size())), environment);
    }

    std::string out() const { return out_.str(); }

    std::string err() const { return err_.str(); }

    test::ConfigEnvironment files_;
    test::ScriptedClient client_;
    test::FakeClock clock_;
    std::string typed_;
    std::ostringstream out_, err_;
    int waits_ = 0;
};

TEST_F(RunTest, AddsAUserWithThePasswordFromStandardInput) {
    typed_ = "correct horse\n";
    client_.answer(201, R"({"id":"u1","name":"ada"})");
    EXPECT_EQ(run({"users", "add", "ada", "--email", "ada@example.com", "--groups", "a, b",
                   "--password-stdin"}),
              kExitOk);
    EXPECT_EQ(out(), "added ada (u1)\n");
    ASSERT_EQ(client_.requests.size(), 1U);
    const http::ClientRequest& request = client_.requests[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "http://127.0.0.1:9901/api/v1/users");
    EXPECT_EQ(request.headers.get("Authorization"), "Bearer the-token");
    EXPECT_EQ(
        request.body,
        R"({"name":"ada","email":"ada@example.com","password":"correct horse","groups":["a","b"]})");
}

TEST_F(RunTest, PrintsAPersonalTokenAndNothingElse) {
    client_.answer(201, R"({"id":"t1","token":"gth_abc","expires_at":"2026-12-24T10:00:00.000Z"})");
    EXPECT_EQ(run({"tokens", "add", "--user", "ada", "--server", "todo", "--tools", "a, b_*",
                   "--scopes", "x", "--expires", "30d", "--name", "CI"}),
              kExitOk);
    EXPECT_EQ(out(), "gth_abc\n");
    EXPECT_THAT(err(), HasSubstr("t1"));
    EXPECT_EQ(
        client_.requests[0].body,
        R"({"user":"ada","server":"todo","tools":["a","b_*"],"scopes":["x"],"name":"CI","expires":"30d"})");
    EXPECT_EQ(run({"tokens", "add", "--server", "todo"}), kExitUsage);
    EXPECT_EQ(run({"clients", "block", "host", "evil.example"}), kExitUsage);
    EXPECT_EQ(run({"clients", "block", "redirect-host"}), kExitUsage);
}

TEST_F(RunTest, PrintsTheNewUserAsJson) {
    typed_ = "pw";
    client_.answer(201, R"({"id":"u1","name":"ada"})");
    EXPECT_EQ(run({"users", "add", "ada", "--email", "e@x.y", "--password-stdin", "--json"}),
              kExitOk);
    EXPECT_EQ(out(), "{\"id\":\"u1\",\"name\":\"ada\"}\n");
}

TEST_F(RunTest, ADuplicateUserFails) {
    typed_ = "pw";
    client_.answer(409, R"({"title":"Conflict","status":409,"detail":"the name is taken"})");
    EXPECT_EQ(run({"users", "add", "ada", "--email", "e@x.y", "--password-stdin"}), kExitFailed);
    EXPECT_EQ(err(), "gatehouse: the name is taken\n");
}

TEST_F(RunTest, APasswordComesFromStandardInputOnly) {
    EXPECT_EQ(run({"users", "add", "ada", "--email", "e@x.y"}), kExitUsage);
    EXPECT_THAT(err(), HasSubstr("--password-stdin"));
    EXPECT_EQ(run({"users", "add", "ada", "--email", "e@x.y", "--password-stdin"}), kExitUsage);
    EXPECT_EQ(run({"users", "add", "ada", "--password-stdin"}), kExitUsage);
    EXPECT_THAT(client_.requests, IsEmpty());
}

TEST_F(RunTest, ChangesThroughTheAdminApi) {
    struct Case {
        std::vector<std::string_view> typed;
        std::string_view method, url, body, said;
    };

    const Case cases[] = {
        {{"users", "remove", "a b/c"}, "DELETE", "/users/a%20b%2Fc", "", "removed a b/c\n"},
        {{"users", "disable", "ada"},
         "PATCH",
         "/users/ada",
         R"({"disabled":true})",
         "disabled ada\n"},
        {{"users", "enable", "ada"},
         "PATCH",
         "/users/ada",
         R"({"disabled":false})",
         "enabled ada\n"},
        {{"users", "set-password", "ada", "--password-stdin"},
         "PATCH",
         "/users/ada",
         R"({"password":"pw"})",
         "changed ada\n"},
        {{"connections", "revoke", "c1"}, "DELETE", "/connections/c1", "", "revoked c1\n"},
        {{"grants", "remove", "g1"}, "DELETE", "/grants/g1", "", "removed g1\n"},
        {{"keys", "rotate"}, "POST", "/keys/rotate", "", "published a new key: k2, signs from -\n"},
        {{"keys", "rotate", "--now"},
         "POST",
         "/keys/rotate",
         R"({"when":"now"})",
         "published a new key: k2, signs from -\n"},
        {{"keys", "remove", "k1"}, "DELETE", "/keys/k1", "", "removed k1\n"},
        {{"clients", "disable", "https://a.example/c"},
         "PATCH",
         "/clients/https%3A%2F%2Fa.example%2Fc",
         R"({"disabled":true})",
         "disabled https://a.example/c\n"},
        {{"clients", "enable", "c1"},
         "PATCH",
         "/clients/c1",
         R"({"disabled":false})",
         "enabled c1\n"},
        {{"clients", "remove", "c1"}, "DELETE", "/clients/c1", "", "removed c1\n"},
        {{"clients", "block", "redirect-host", "evil.example"},
         "POST",
         "/blocks",
         R"({"kind":"redirect_host","host":"evil.example"})",
         "blocked evil.example\n"},
        {{"clients", "unblock", "document-host", "evil.example"},
         "DELETE",
         "/blocks/document_host%3Aevil.example",
         "",
         "unblocked evil.example\n"},
        {{"tokens", "revoke", "t1"}, "DELETE", "/tokens/t1", "", "revoked t1\n"},
    };
    for (const Case& one : cases) {
        out_.str("");
        typed_ = "pw\n";
        client_.answer(200, R"({"id":"k2"})");
        std::istringstream in(typed_);
        Environment environment{
            in, out_, err_, client_, clock_, files_.get(), [] { return false; }};
        EXPECT_EQ(cli::run(parse(one.typed), environment), kExitOk) << err();
        EXPECT_EQ(client_.requests.back().method, one.method);
        EXPECT_EQ(client_.requests.back().url,
                  "http://127.0.0.1:9901/api/v1" + std::string(one.url));
        EXPECT_EQ(client_.requests.back().body, one.body);
        EXPECT_EQ(out(), one.said);
    }
}

TEST_F(RunTest, SaysWhatIsNotThere) {
    client_.answer(404, R"({"title":"Not Found","status":404})");
    client_.answer(200, R"({"items":[],"next":null})");
    EXPECT_EQ(run({"connections", "revoke", "c9"}), kExitFailed);
    EXPECT_EQ(err(), "gatehouse: there is no c9\n");
}

TEST_F(RunTest, ListsEveryPageAsATable) {
    client_.answer(200, R"({"items":[{"id":"u1","name":"ada","email":"ada@example.com",
        "groups":["a","b"],"source":"local","disabled":false}],"next":"u 1"})");
    client_.answer(200, R"({"items":[{"id":"u2","name":"Zoë\u001b[31m","source":"local"}]})");
    EXPECT_EQ(run({"users"}), kExitOk) << err();
    EXPECT_EQ(out(),
              "NAME     EMAIL            GROUPS  SOURCE  DISABLED  ID\n"
              "ada      ada@example.com  a,b     local   false     u1\n"
              "Zoë[31m  -                -       local   -         u2\n");
    EXPECT_THAT(client_.requests.at(1).url, HasSubstr("limit=1000&cursor=u%201"));
}

TEST_F(RunTest, ListsAsAJsonArray) {
    client_.answer(200, R"({"items":[{"id":"todo"},{"id":"notes"}]})");
    EXPECT_EQ(run({"servers", "--json"}), kExitOk);
    EXPECT_EQ(out(), "[{\"id\":\"todo\"},{\"id\":\"notes\"}]\n");
}

TEST_F(RunTest, ShowsTheStatus) {
    client_.answer(200, R"({"version":"0.1.0","config":{"generation":1,"error":null}})");
    EXPECT_EQ(run({"status"}), kExitOk);
    EXPECT_EQ(out(), "version: 0.1.0\nconfig.generation: 1\nconfig.error: -\n");
}

TEST_F(RunTest, PrintsLogsOldestFirstOneObjectALine) {
    clock_.advance(std::chrono::hours(2));
    client_.answer(200, R"({"items":[{"id":"2"},{"id":"1"}]})");
    EXPECT_EQ(run({"logs", "--json", "--server", "todo", "--tool", "a&b", "--since", "1h"}),
              kExitOk)
        << err();
    EXPECT_EQ(out(), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    EXPECT_THAT(client_.requests.at(0).url,
                HasSubstr("/api/v1/logs?server=todo&tool=a%26b&since="));
}

TEST_F(RunTest, FollowsWithWhatCameAfterTheLastRecord) {
    waits_ = 1;
    client_.answer(200, R"({"items":[{"id":"5"},{"id":"4"}],"next":"4"})");
    client_.answer(200, R"({"items":[{"id":"6"},{"id":"7"}]})");
    client_.answer(200, R"({"items":[]})");
    EXPECT_EQ(run({"logs", "--follow", "--json", "--limit", "2"}), kExitOk) << err();
    EXPECT_EQ(out(), "{\"id\":\"4\"}\n{\"id\":\"5\"}\n{\"id\":\"6\"}\n{\"id\":\"7\"}\n");
    EXPECT_THAT(client_.requests.at(1).url, HasSubstr("after=5"));
    EXPECT_THAT(client_.requests.at(2).url, HasSubstr("after=7"));
}

TEST_F(RunTest, FollowsFromTheFirstRecordWhenThereWasNone) {
    waits_ = 2;
    client_.answer(200, R"({"items":[]})");
    client_.answer(200, R"({"items":[]})");
    client_.answer(200, R"({"items":[{"id":"2"},{"id":"1"}]})");
    client_.answer(200, R"({"items":[]})");
    EXPECT_EQ(run({"logs", "--follow", "--json"}), kExitOk) << err();
    EXPECT_EQ(out(), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
}

TEST_F(RunTest, RefusesABadSinceAndLimit) {
    EXPECT_EQ(run({"logs", "--since", "yesterday"}), kExitUsage);
    EXPECT_EQ(run({"logs", "--limit", "none"}), kExitUsage);
    EXPECT_THAT(client_.requests, IsEmpty());
}

TEST_F(RunTest, SaysThatNoGatewayIsListening) {
    client_.answers.emplace_back(fail(ErrorCode::kUnavailable, "connection refused"));
    EXPECT_EQ(run({"servers"}), kExitFailed);
    EXPECT_EQ(
        err(),
        "gatehouse: no gateway is listening at http://127.0.0.1:9901; start it with `gatehouse "
        "serve`\n");
}

TEST_F(RunTest, SaysThatTheTokenIsWrongWithoutShowingIt) {
    client_.answer(401, R"({"title":"Unauthorized","detail":"the-token is wrong"})");
    EXPECT_EQ(run({"servers"}), kExitFailed);
    EXPECT_EQ(err(), "gatehouse: the gateway refused the admin token\n");
}

TEST_F(RunTest, RefusesAnswersThatAreNoLists) {
    for (const char* body : {"nonsense", "{}", R"({"items":[1]})"}) {
        client_.answer(200, body);
        EXPECT_EQ(run({"servers"}), kExitFailed) << body;
    }
}

TEST_F(RunTest, FindsTheAddressThatTheGatewayChose) {
    files_.files["gatehouse.yaml"] = "admin: {listen: \"127.0.0.1:0\"}\ndata_dir: state\n";
    EXPECT_EQ(run({"servers"}), kExitFailed);
    EXPECT_THAT(err(), HasSubstr("no gateway has written its admin address to"));

    files_.files[folder() + "/state/admin.address"] = "127.0.0.1:41999\n";
    EXPECT_EQ(run({"servers"}), kExitFailed);
    EXPECT_THAT(err(), HasSubstr("there is no admin token at"));

    files_.files[folder() + "/state/admin.token"] = "t\n";
    client_.answer(200, R"({"items":[]})");
    EXPECT_EQ(run({"servers", "--json"}), kExitOk);
    EXPECT_THAT(client_.requests.at(0).url, StartsWith("http://127.0.0.1:41999/api/v1/servers"));
    EXPECT_EQ(out(), "[]\n");
}

TEST_F(RunTest, TakesAddressAndTokenFromOptions) {
    files_.files.clear();
    client_.answer(200, R"({"items":[]})");
    EXPECT_EQ(run({"servers", "--admin-url", "https://admin.example.com/", "--admin-token", "x"}),
              kExitOk);
    EXPECT_THAT(client_.requests.at(0).url, StartsWith("https://admin.example.com/api/v1/servers"));
    EXPECT_EQ(client_.requests.at(0).headers.get("Authorization"), "Bearer x");
}

TEST_F(RunTest, SendsTheTokenInTheClearToThisMachineOnly) {
    EXPECT_EQ(run({"servers", "--admin-url", "http://admin.example.com"}), kExitUsage);
    EXPECT_EQ(run({"servers", "--admin-url", "nonsense"}), kExitUsage);
    EXPECT_THAT(client_.requests, IsEmpty());
}

TEST_F(RunTest, ServeIsLeftToTheCaller) {
    EXPECT_EQ(run({"serve"}), std::nullopt);
}

TEST_F(RunTest, ServeWithoutAFileSaysWhatToWriteAndWhere) {
    EXPECT_EQ(run({"serve", "--config", "absent.yaml"}), kExitUsage);
    EXPECT_THAT(err(), HasSubstr("there is no configuration file absent.yaml"));
    EXPECT_THAT(err(), HasSubstr("gatehouse init absent.yaml"));
    EXPECT_THAT(err(), HasSubstr("public_url:"));
}

TEST_F(RunTest, CheckPrintsEveryProblem) {
    files_.files["gatehouse.yaml"] = "public_url: nowhere\nlisen: x\n";
    EXPECT_EQ(run({"check"}), kExitUsage);
    EXPECT_EQ(err(),
              "gatehouse.yaml:1:13: `public_url`: expected an http or https URL, found `nowhere`\n"
              "gatehouse.yaml:2:1: unknown key `lisen`; did you mean `listen`?\n");
    EXPECT_THAT(out(), IsEmpty());
}

TEST_F(RunTest, CheckPrintsProblemsAsJson) {
    files_.files["gatehouse.yaml"] = "public_url: http://127.0.0.1\nlisen: x\n";
    EXPECT_EQ(run({"check", "--json"}), kExitUsage);
    const auto object = json::parse_object(out());
    ASSERT_TRUE(object);
    EXPECT_EQ(object->at("problems").as_array().at(0).as_object().at("line").to_number<int>(), 2);
}

TEST_F(RunTest, CheckSaysThatAllIsWell) {
    EXPECT_EQ(run({"check"}), kExitOk) << err();
    EXPECT_THAT(out(), StartsWith("configuration ok: "));
    EXPECT_THAT(out(), HasSubstr("no servers yet"));
    EXPECT_EQ(run({"check", "--effective"}), kExitOk);
    EXPECT_THAT(out(), HasSubstr("shutdown_grace: 20s"));
}

TEST_F(RunTest, InitWritesAFileOnceThatCheckAccepts) {
    const test::TempDir dir;
    const std::string file = dir / "gatehouse.yaml";
    EXPECT_EQ(run({"init", dir.path().string()}), kExitOk) << err();
    EXPECT_EQ(run({"init", file}), kExitFailed);
    EXPECT_THAT(err(), HasSubstr("--force"));
    EXPECT_EQ(run({"init", file, "--force"}), kExitOk);
    files_.files[file] = *config::read_file(file);
    EXPECT_EQ(run({"check", "--config", file}), kExitOk) << err();
    EXPECT_EQ(run({"init", dir / "absent/gatehouse.yaml"}), kExitFailed);
}

TEST_F(RunTest, UsageErrorsShowTheUsage) {
    EXPECT_EQ(run({"users", "add", "--frob"}), kExitUsage);
    EXPECT_THAT(err(),
                StartsWith("gatehouse: unknown option `--frob`\n\nUsage: gatehouse users add"));
    EXPECT_EQ(run({"restore"}), kExitUsage);
    EXPECT_THAT(err(), HasSubstr("restore needs FILE"));
}

TEST_F(RunTest, HelpAndVersionSucceed) {
    EXPECT_EQ(run({"--help"}), kExitOk);
    EXPECT_THAT(out(), StartsWith("Usage: gatehouse COMMAND"));
    EXPECT_EQ(run({"--version"}), kExitOk);
    EXPECT_THAT(out(), HasSubstr("gatehouse " + std::string(kVersion) + "\n"));
}

TEST(Version, IsTheProjects) {
    const auto text = config::read_file(GATEHOUSE_SOURCE_DIR "/CMakeLists.txt");
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->contains("VERSION " + std::string(kVersion) + " LANGUAGES"));
}

}  // namespace
}  // namespace gatehouse::cli
