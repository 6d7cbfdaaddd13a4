// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "storage/internal/postgres_connection.h"

namespace gatehouse::test {

/// A PostgreSQL of this program's own, from Debian's package: in a folder of its own, on a socket
/// in that folder, as a user without rights. It forgets everything when the program ends, and so it
/// never waits for the disk.
class PostgresServer {
  public:
    explicit PostgresServer(std::vector<std::string> settings = {}) {
        std::string pattern = "/tmp/gatehouse-pg-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) {
            ADD_FAILURE() << "no folder for PostgreSQL";
            return;
        }
        folder_ = pattern;
        if (::geteuid() == 0) {
            // The server refuses to run as root.
            const passwd* user = ::getpwnam("postgres");
            if (user == nullptr) {
                user = ::getpwnam("nobody");
            }
            user_ = user->pw_uid;
            group_ = user->pw_gid;
            EXPECT_EQ(::chown(pattern.c_str(), user_, group_), 0);
        }
        const std::string data = folder_ / "data";
        const int made =
            wait_for(start({"initdb", "-D", data, "-U", "gatehouse", "-A", "trust", "-E", "UTF8",
                            "--locale=C.UTF-8", "--no-sync", "--no-instructions"}));
        EXPECT_EQ(made, 0) << "initdb failed: " << log();
        settings_ = std::move(settings);
        launch();
    }

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    PostgresServer(PostgresServer&&) = delete;
    PostgresServer& operator=(PostgresServer&&) = delete;

    ~PostgresServer() {
        kill();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// The one that every test of the program shares.
    static PostgresServer& shared() {
        static PostgresServer server;
        return server;
    }

    /// After `kill`, with the same data.
    void launch() {
        std::vector<std::string> words{"postgres", "-D", (folder_ / "data").string(), "-k",
                                       folder_.string()};
        for (const char* setting :
             {"listen_addresses=", "fsync=off", "synchronous_commit=on", "full_page_writes=off",
              "shared_buffers=32MB", "max_connections=200", "log_min_messages=fatal",
              "autovacuum=off", "max_wal_size=4GB"}) {
            words.insert(words.end(), {"-c", setting});
        }
        for (const std::string& setting : settings_) {
            words.insert(words.end(), {"-c", setting});
        }
        server_ = start(words);
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (connect("postgres") == nullptr) {
            ::poll(nullptr, 0, 20);
            if (std::chrono::steady_clock::now() > give_up) {
                ADD_FAILURE() << "PostgreSQL does not answer: " << log();
                return;
            }
        }
    }

    /// At once, as when the machine is lost.
    void kill() {
        if (server_ > 0) {
            ::kill(server_, SIGQUIT);
            (void)wait_for(server_);
            server_ = -1;
        }
    }

    void send(int signal) const { ::kill(server_, signal); }

    [[nodiscard]] Secret url(const std::string& database) const {
        return Secret("postgresql://gatehouse@/" + database + "?host=" + folder_.string());
    }

    /// A statement past the store, as an operator would run it.
    void run(const std::string& database, const std::string& sql) {
        const auto connection = connect(database);
        ASSERT_NE(connection, nullptr);
        const auto done = connection->run_script(sql);
        EXPECT_TRUE(done) << sql << ": " << describe(done.error());
    }

    /// An empty database; gives its name.
    std::string make_database() {
        const std::string name = "d" + std::to_string(++databases_);
        run("postgres", "CREATE DATABASE " + name);
        return name;
    }

    /// A database with the newest schema; gives its name.
    std::string make_migrated() {
        if (!template_made_) {
            run("postgres", "CREATE DATABASE migrated");
            const auto opened = storage::open_postgres(url("migrated"));
            EXPECT_TRUE(opened) << describe(opened.error());
            run("migrated", std::string(kKeepSeed));
            template_made_ = true;
        }
        const std::string name = "d" + std::to_string(++databases_);
        run("postgres", "CREATE DATABASE " + name + " TEMPLATE migrated STRATEGY file_copy");
        return name;
    }

    /// Makes a database of `make_migrated` as it was when it was new: much faster than another.
    void clean(const std::string& name) { run(name, std::string(kRestoreSeed)); }

  private:
    // What the schema itself put into its tables.
    static constexpr std::string_view kKeepSeed = R"(
CREATE SCHEMA seed;
DO $$ DECLARE t TEXT; BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('CREATE TABLE seed.%I AS SELECT * FROM public.%I', t, t);
    END LOOP;
END $$)";
    static constexpr std::string_view kRestoreSeed = R"(
DO $$ DECLARE t TEXT; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        IF to_regclass(format('seed.%I', t)) IS NULL THEN
            EXECUTE format('DROP TABLE public.%I CASCADE', t);
        ELSE
            EXECUTE format('DELETE FROM public.%I', t);
            EXECUTE format('INSERT INTO public.%I SELECT * FROM seed.%I', t, t);
        END IF;
    END LOOP;
END $$)";

    [[nodiscard]] std::unique_ptr<storage::PostgresConnection> connect(
        const std::string& database) const {
        auto opened = storage::PostgresConnection::open(url(database), {});
        return opened ? std::move(*opened) : nullptr;
    }

    [[nodiscard]] pid_t start(const std::vector<std::string>& words) const {
        const std::string program = "/usr/lib/postgresql/15/bin/" + words.front();
        std::vector<char*> arguments;
        for (const std::string& word : words) {
            arguments.push_back(const_cast<char*>(word.c_str()));
        }
        arguments.push_back(nullptr);
        const std::string output = folder_ / "log";
        const pid_t child = ::fork();
        if (child != 0) {
            return child;
        }
        const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        const bool ready = ::dup2(file, 1) == 1 && ::dup2(file, 2) == 2 &&
                           (user_ == 0 || (::setgid(group_) == 0 && ::setuid(user_) == 0)) &&
                           ::prctl(PR_SET_PDEATHSIG, SIGQUIT) == 0 && ::chdir("/") == 0;
        if (ready) {
            ::execv(program.c_str(), arguments.data());
        }
        ::_exit(127);
    }

    static int wait_for(pid_t child) {
        int status = -1;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    [[nodiscard]] std::string log() const {
        std::ifstream file(folder_ / "log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path folder_;
    std::vector<std::string> settings_;
    uid_t user_ = 0;
    gid_t group_ = 0;
    pid_t server_ = -1;
    int databases_ = 0;
    bool template_made_ = false;
};

}  // namespace gatehouse::test
