// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/admin_api.h"

#include <algorithm>

#include "base/strings.h"
#include "base/url.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxAnswer = 64UL << 20U;
constexpr std::size_t kMaxPages = 100'000;

Result<std::string> first_line(const Environment& environment, const std::filesystem::path& path) {
    auto content = environment.files.read_file(path);
    if (!content) {
        return content;
    }
    return std::string(trim(content->substr(0, content->find_first_of("\r\n"))));
}

std::string serve_hint(std::string_view address) {
    return "no gateway is listening at " + std::string(address) +
           "; start it with `gatehouse serve`";
}

/// The listener's address; one that the system chose is in a file next to the token.
Result<std::string> local_url(const Environment& environment, const config::LocalAdmin& local) {
    if (local.listen.port != 0) {
        return "http://" + to_string(local.listen);
    }
    const auto path = local.data_dir / "admin.address";
    const auto address = first_line(environment, path);
    if (!address || address->empty()) {
        return fail(ErrorCode::kUnavailable, "no gateway has written its admin address to " +
                                                 path.string() +
                                                 "; start it with `gatehouse serve`");
    }
    return address->starts_with("http") ? *address : "http://" + *address;
}

/// The token goes there, so plain http is for this machine only.
Result<std::string> checked_url(const std::string& text) {
    const auto url = parse_url(text);
    if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo ||
        url->has_query || url->has_fragment || (!url->path.empty() && url->path != "/")) {
        return fail(ErrorCode::kInvalid,
                    "--admin-url: expected scheme, host and port, such as http://127.0.0.1:9901");
    }
    if (url->scheme == "http" && !url->is_loopback()) {
        return fail(ErrorCode::kInvalid,
                    "--admin-url: http is for loopback hosts only, the token would travel in the "
                    "clear");
    }
    return url->origin();
}

Result<Secret> local_token(const Environment& environment, const config::LocalAdmin& local) {
    const auto path = local.data_dir / "admin.token";
    auto token = first_line(environment, path);
    if (token && !token->empty()) {
        return Secret(*std::move(token));
    }
    if (!token && token.error().code != ErrorCode::kNotFound) {
        return fail(ErrorCode::kUnavailable, "the admin token " + path.string() +
                                                 " cannot be read: " + token.error().message);
    }
    return fail(ErrorCode::kUnavailable,
                "there is no admin token at " + path.string() +
                    "; start the gateway with `gatehouse serve`, or give --admin-token");
}

ErrorCode code_of(int status) {
    switch (status) {
        case 401:
            return ErrorCode::kUnauthorized;
        case 403:
            return ErrorCode::kForbidden;
        case 404:
            return ErrorCode::kNotFound;
        case 409:
            return ErrorCode::kConflict;
        default:
            return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInvalid;
    }
}

/// What a problem document says, fit for a terminal.
std::unexpected<Error> refusal(const http::ClientResponse& response) {
    if (response.status == 401) {
        return fail(ErrorCode::kUnauthorized, "the gateway refused the admin token");
    }
    std::string text = "HTTP " + std::to_string(response.status);
    if (const auto problem = json::parse_object(response.body)) {
        const auto detail = json::get_string(*problem, "detail");
        const auto title = json::get_string(*problem, "title");
        if (detail || title) {
            text = sanitize_text(detail ? *detail : *title, 500);
        }
    }
    return fail(code_of(response.status), text);
}

}  // namespace

Result<AdminApi> AdminApi::connect(const Invocation& invocation, Environment& environment) {
    std::optional<config::LocalAdmin> local;
    if (!invocation.has("admin-url") || !invocation.has("admin-token")) {
        auto found = config::local_admin(invocation.config_file(), environment.files);
        if (!found) {
            return std::unexpected(found.error());
        }
        local = *std::move(found);
    }
    Result<std::string> url = invocation.has("admin-url") ? checked_url(invocation.get("admin-url"))
                                                          : local_url(environment, *local);
    if (!url) {
        return std::unexpected(url.error());
    }
    Result<Secret> token = invocation.has("admin-token")
                               ? Result<Secret>(Secret(invocation.get("admin-token")))
                               : local_token(environment, *local);
    if (!token) {
        return std::unexpected(token.error());
    }
    return AdminApi(environment.client, *std::move(url), *std::move(token));
}

Result<json::Object> AdminApi::send(std::string method,
                                    const std::string& target,
                                    std::string body,
                                    std::chrono::milliseconds timeout) {
    http::ClientRequest request{.method = std::move(method),
                                .url = url_ + "/api/v1/" + target,
                                .body = std::move(body),
                                .timeout = timeout,
                                .max_body = kMaxAnswer};
    request.headers.add("Authorization", "Bearer " + std::string(token_.reveal()));
    request.headers.add("Accept", "application/json");
    if (!request.body.empty()) {
        request.headers.add("Content-Type", "application/json");
    }
    const auto response = client_->send(request);
    if (!response) {
        return response.error().code == ErrorCode::kUnavailable
                   ? fail(ErrorCode::kUnavailable, serve_hint(url_), response.error().detail)
                   : fail(response.error().code, "the gateway at " + url_ + " did not answer: " +
                                                     response.error().message);
    }
    if (response->status < 200 || response->status > 299) {
        return refusal(*response);
    }
    if (response->body.empty()) {
        return json::Object{};
    }
    auto object = json::parse_object(response->body);
    return object ? std::move(object)
                  : fail(ErrorCode::kPeer, "what listens at " + url_ + " is not a gateway");
}

Result<json::Object> AdminApi::get(const std::string& path) {
    return send("GET", path, "");
}

Result<ListPage> AdminApi::page(const std::string& path, const FormFields& query) {
    auto answer = send("GET", query.empty() ? path : path + "?" + encode_form(query), "");
    if (!answer) {
        return std::unexpected(answer.error());
    }
    json::Value* items = answer->if_contains("items");
    if (items == nullptr || !items->is_array()) {
        return fail(ErrorCode::kPeer, "the gateway's answer has no items");
    }
    ListPage page{.items = {}, .next = json::get_string(*answer, "next").value_or("")};
    for (json::Value& item : items->get_array()) {
        if (!item.is_object()) {
            return fail(ErrorCode::kPeer, "the gateway's answer has an item that is no object");
        }
        page.items.push_back(std::move(item.get_object()));
    }
    return page;
}

Result<std::vector<json::Object>> AdminApi::list(const std::string& path,
                                                 FormFields query,
                                                 std::size_t limit) {
    constexpr std::size_t kPageSize = 1000;
    const std::size_t page_size = limit == 0 ? kPageSize : std::min(limit, kPageSize);
    query.emplace_back("limit", std::to_string(page_size));
    FormFields next_query = query;
    std::vector<json::Object> all;
    for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
        auto got = page(path, next_query);
        if (!got) {
            return std::unexpected(got.error());
        }
        std::ranges::move(got->items, std::back_inserter(all));
        if (limit != 0 && all.size() >= limit) {
            all.resize(limit);
            return all;
        }
        if (got->next.empty()) {
            return all;
        }
        next_query = query;
        next_query.emplace_back("cursor", got->next);
    }
    return fail(ErrorCode::kPeer, "the gateway's list does not end");
}

Result<json::Object> AdminApi::change(std::string method,
                                      const std::string& path,
                                      const json::Object& body,
                                      std::chrono::milliseconds timeout) {
    return send(std::move(method), path, body.empty() ? "" : json::dump(body), timeout);
}

}  // namespace gatehouse::cli
