// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "catalog/catalog.h"

/// gatehouse.yaml (contract.md §3): read strictly, with positions, all problems at once.
namespace gatehouse::config {

/// Where a listener binds. `host` is a numeric address, IPv6 without brackets; port 0 lets the
/// system choose.
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

/// "127.0.0.1:8080" or "[::1]:8080".
[[nodiscard]] std::string to_string(const ListenAddress& address);

struct Admin {
    ListenAddress listen;             ///< loopback
    std::string sign_in;              ///< name of an oidc entry, or empty
    std::vector<std::string> emails;  ///< lower case
};

struct Limits {
    std::uint64_t request_body = 0, header_bytes = 0, connections = 0;
    std::chrono::milliseconds upstream_timeout{0}, idle_stream{0};
};

/// Of the public listener; both absolute paths of PEM files, or both empty.
struct Tls {
    std::string certificate, key;
};

struct Outbound {
    std::string ca_certificates;             ///< absolute path of a PEM file, or empty
    std::vector<std::string> allow_private;  ///< CIDR blocks, always with a prefix length
};

/// Of records as a whole.
struct Audit {
    bool continue_on_failure = false;
    std::uint64_t journal_limit = 0;

    [[nodiscard]] bool operator==(const Audit&) const = default;
};

/// Where records go besides the store; each is there or not.
struct Export {
    struct File {
        std::string path;  ///< absolute, or "-"
        std::uint64_t max_size = 0, keep = 0;

        [[nodiscard]] bool operator==(const File&) const = default;
    };

    struct Webhook {
        std::string url;
        Secret secret;
        std::vector<std::string> events;  ///< patterns; empty: all
    };

    struct Otlp {
        std::string url;
        std::vector<std::pair<std::string, Secret>> headers;
        bool logs = true, traces = true;
    };

    std::optional<File> file;
    std::optional<Webhook> webhook;
    std::optional<Otlp> otlp;
};

/// One valid configuration. Paths are absolute; defaults are filled in.
struct Config {
    std::filesystem::path file;
    std::vector<ListenAddress> listen;
    Tls tls;
    Admin admin;
    std::vector<std::string> trusted_proxies;  ///< CIDR blocks, always with a prefix length
    std::filesystem::path data_dir;
    std::filesystem::path database;   ///< SQLite file; empty when the store is PostgreSQL
    Secret postgresql;                ///< the store's address; empty when it is SQLite
    std::vector<Secret> master_keys;  ///< 32 raw bytes each, the first encrypts; may be empty
    Limits limits;
    std::chrono::milliseconds shutdown_grace{0}, shutdown_delay{0};
    Outbound outbound;
    Audit audit;
    Export exports;
    std::shared_ptr<const catalog::Catalog> catalog;
    /// "servers/todo" of each part that came through the admin API (additions.h).
    std::vector<std::string> additions;
    /// Every key with its effective value as YAML, secrets left out.
    std::string redacted_yaml;
};

/// What the file may refer to; called on the loading thread. `read_file` says kNotFound for a file
/// that does not exist.
struct Environment {
    std::function<std::optional<std::string>(std::string_view name)> variable;
    std::function<Result<std::string>(const std::filesystem::path& path)> read_file;
};

/// A file's content, at most 4 MiB: the `read_file` of a real environment.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

/// Line and column count from 1; both are 0 where the whole file is meant. `message` holds no
/// secret.
struct Problem {
    std::string file;
    std::size_t line = 0, column = 0;
    std::string path;  ///< "servers.todo.runtime"
    std::string message;
};

/// "file:line:column: message".
[[nodiscard]] std::string describe(const Problem& problem);

/// The configuration, or everything that is wrong with it in the order of the file.
using LoadOutcome = std::expected<Config, std::vector<Problem>>;

[[nodiscard]] LoadOutcome load(const std::filesystem::path& file, const Environment& environment);
/// As `load`, of a text that would be in `file`.
[[nodiscard]] LoadOutcome parse(std::string_view text,
                                const std::filesystem::path& file,
                                const Environment& environment);

/// The keys a reload may not change and that differ (contract.md §11); empty: reload.
[[nodiscard]] std::vector<std::string> non_reloadable_changes(const Config& running,
                                                              const Config& next);

/// Where the local gateway's admin listener and state are.
struct LocalAdmin {
    ListenAddress listen;
    std::filesystem::path data_dir;
};

/// Reads two keys only, so that a command works in a shell that lacks the gateway's secrets. A file
/// that does not exist gives the defaults, relative to its folder; a broken one is kInvalid.
[[nodiscard]] Result<LocalAdmin> local_admin(const std::filesystem::path& file,
                                             const Environment& environment);

/// A commented file that `load` accepts, to start from.
[[nodiscard]] std::string sample_yaml();
/// docs/reference/config.md, from the same table as the parser.
[[nodiscard]] std::string reference_markdown();

}  // namespace gatehouse::config
