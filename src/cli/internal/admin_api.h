// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "cli/cli.h"

namespace gatehouse::cli {

struct ListPage {
    std::vector<json::Object> items;
    std::string next;  ///< empty: the last page
};

/// The running gateway's admin API (contract.md §9, §11). Messages of its errors are for people.
class AdminApi {
  public:
    static constexpr std::chrono::milliseconds kTimeout{30'000};

    /// Finds URL and token from the options, else from the configuration file and its data_dir.
    [[nodiscard]] static Result<AdminApi> connect(const Invocation& invocation,
                                                  Environment& environment);

    [[nodiscard]] Result<json::Object> get(const std::string& path);
    [[nodiscard]] Result<ListPage> page(const std::string& path, const FormFields& query);
    /// Every page, in the API's order, at most `limit` items; 0: all.
    [[nodiscard]] Result<std::vector<json::Object>> list(const std::string& path,
                                                         FormFields query = {},
                                                         std::size_t limit = 0);
    /// POST, PATCH or DELETE; an empty answer is an empty object.
    [[nodiscard]] Result<json::Object> change(std::string method,
                                              const std::string& path,
                                              const json::Object& body,
                                              std::chrono::milliseconds timeout = kTimeout);

  private:
    AdminApi(http::Client& client, std::string url, Secret token)
        : client_(&client), url_(std::move(url)), token_(std::move(token)) {}

    [[nodiscard]] Result<json::Object> send(std::string method,
                                            const std::string& target,
                                            std::string body,
                                            std::chrono::milliseconds timeout = kTimeout);

    http::Client* client_;
    std::string url_;
    Secret token_;
};

}  // namespace gatehouse::cli
