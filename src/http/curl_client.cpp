// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/strings.h"
#include "base/url.h"
#include "http/client.h"

namespace gatehouse::http {

namespace {

constexpr std::size_t kMaxIdleHandles = 8;
constexpr std::size_t kMaxHeaders = 200;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// Where libcurl's callbacks put the answer, and what they go by.
struct Receiver {
    ClientResponse response;
    std::size_t max_body = 0;
    bool too_large = false;
    const std::function<bool(std::string_view)>* enough = nullptr;
    bool stopped = false;
    const AddressRule* addresses = nullptr;
    bool address_refused = false;
};

// The only place where the address is known for certain: what libcurl is about to connect to.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
    auto& receiver = *static_cast<Receiver*>(user);
    sockaddr_storage storage{};
    std::memcpy(&storage, &address->addr, std::min<std::size_t>(address->addrlen, sizeof(storage)));
    if (!receiver.addresses->admits(net::to_endpoint(storage))) {
        receiver.address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t receive_body(const char* bytes, std::size_t one, std::size_t count, void* user) {
    auto& receiver = *static_cast<Receiver*>(user);
    const std::size_t size = one * count;
    if (size > receiver.max_body - receiver.response.body.size()) {
        receiver.too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    receiver.response.body.append(bytes, size);
    if (*receiver.enough && (*receiver.enough)({bytes, size})) {
        receiver.stopped = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return size;
}

std::size_t receive_header(const char* bytes, std::size_t one, std::size_t count, void* user) {
    auto& receiver = *static_cast<Receiver*>(user);
    const std::size_t size = one * count;
    std::string_view line(bytes, size);
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        receiver.response.headers = {};  // what came before was an interim answer
    } else if (colon != std::string_view::npos) {
        if (receiver.response.headers.size() == kMaxHeaders) {
            receiver.too_large = true;
            return CURL_WRITEFUNC_ERROR;
        }
        receiver.response.headers.add(std::string(line.substr(0, colon)),
                                      std::string(trim(line.substr(colon + 1))));
    }
    return size;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Result<Url> check_request(const ClientRequest& request) {
    auto url = parse_url(request.url);
    if (!url) {
        return url;
    }
    if ((url->scheme != "http" && url->scheme != "https") || url->has_userinfo) {
        return fail(ErrorCode::kInvalid, "only plain http and https URLs are asked");
    }
    if (!is_token(request.method)) {
        return fail(ErrorCode::kInvalid, "bad method");
    }
    for (const auto& field : request.headers) {
        if (!is_token(field.name) || !is_field_value(field.value)) {
            return fail(ErrorCode::kInvalid, "bad header field");
        }
    }
    return url;
}

List make_header_list(const ClientRequest& request) {
    curl_slist* list = nullptr;
    const auto append = [&](const std::string& line) {
        list = curl_slist_append(list, line.c_str());
        GATEHOUSE_ASSERT(list != nullptr);
    };
    for (const auto& field : request.headers) {
        append(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
    }
    append("Expect:");  // libcurl would wait a second for 100 Continue
    if (!request.headers.get("Content-Type")) {
        append("Content-Type:");  // libcurl would claim a form
    }
    return List(list);
}

// Detail without path and query: they may hold secrets.
std::unexpected<Error> to_error(CURLcode code, const Receiver& receiver, const Url& url) {
    auto detail = url.origin() + ": " +
                  (receiver.address_refused ? "it is at an address that client-supplied URLs may "
                                              "not reach (outbound.client_urls.allow_private)"
                                            : curl_easy_strerror(code));
    if (receiver.too_large) {
        return fail(ErrorCode::kTooLarge, "the peer's answer is too large", url.origin());
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return fail(ErrorCode::kTimeout, "the peer did not answer in time", std::move(detail));
    }
    return fail(ErrorCode::kUnavailable, "the peer cannot be reached", std::move(detail));
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return file.bad() || text.empty() ? std::nullopt : std::optional(std::move(text));
}

class CurlClient final : public Client {
  public:
    explicit CurlClient(const std::string& extra_ca_file) {
        static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
        GATEHOUSE_ASSERT(ready == CURLE_OK);
        if (!extra_ca_file.empty()) {
            load_authorities(extra_ca_file);
        }
    }

    Result<ClientResponse> send(const ClientRequest& request) override {
        if (!authorities_error_.empty()) {
            return fail(ErrorCode::kUnavailable, "no certificate authorities", authorities_error_);
        }
        const auto url = check_request(request);
        if (!url) {
            return std::unexpected(url.error());
        }
        Receiver receiver;
        receiver.max_body = request.max_body;
        receiver.addresses = request.addresses.get();
        receiver.enough = &request.enough;
        auto handle = take_handle();
        const auto headers = make_header_list(request);
        prepare(handle.get(), request, headers.get(), receiver);
        const auto code = curl_easy_perform(handle.get());
        if (code != CURLE_OK && !receiver.stopped) {
            return to_error(code, receiver, *url);
        }
        long status = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
        receiver.response.status = static_cast<int>(status);
        if (!receiver.stopped) {
            give_back(std::move(handle));
        }
        return std::move(receiver.response);
    }

  private:
    // One blob, because libcurl takes either a blob or the system's file.
    void load_authorities(const std::string& extra_ca_file) {
        const auto extra = read_file(extra_ca_file);
        const char* system_file = curl_version_info(CURLVERSION_NOW)->cainfo;
        const auto system = system_file == nullptr ? std::nullopt : read_file(system_file);
        if (!extra) {
            authorities_error_ = "cannot read " + extra_ca_file;
            return;
        }
        authorities_ = system.value_or("") + "\n" + *extra;
    }

    void prepare(CURL* handle,
                 const ClientRequest& request,
                 curl_slist* headers,
                 Receiver& receiver) {
        curl_easy_reset(handle);
        const auto set = [handle](CURLoption option, auto value) {
            GATEHOUSE_ASSERT(curl_easy_setopt(handle, option, value) == CURLE_OK);
        };
        const auto millis = static_cast<long>(std::max<std::int64_t>(request.timeout.count(), 1));
        set(CURLOPT_URL, request.url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PATH_AS_IS, 1L);
        set(CURLOPT_USERAGENT, "gatehouse");
        set(CURLOPT_TIMEOUT_MS, millis);
        set(CURLOPT_CONNECTTIMEOUT_MS, millis);
        set(CURLOPT_HTTPHEADER, headers);
        set(CURLOPT_WRITEFUNCTION, &receive_body);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
        set(CURLOPT_HEADERFUNCTION, &receive_header);
        set(CURLOPT_HEADERDATA, static_cast<void*>(&receiver));
        if (!authorities_.empty()) {
            curl_blob blob{authorities_.data(), authorities_.size(), CURL_BLOB_NOCOPY};
            set(CURLOPT_CAINFO_BLOB, &blob);
        }
        if (receiver.addresses != nullptr) {
            set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
            set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&receiver));
            // A kept connection may have been opened without the rule.
            set(CURLOPT_FRESH_CONNECT, 1L);
            set(CURLOPT_FORBID_REUSE, 1L);
        }
        if (request.method == "HEAD") {
            set(CURLOPT_NOBODY, 1L);
        } else if (request.method != "GET" || !request.body.empty()) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.c_str());
            set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
            // libcurl repeats a request whose kept connection broke: a code or a refresh token
            // must not be spent twice
            set(CURLOPT_FRESH_CONNECT, 1L);
        }
    }

    Handle take_handle() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) {
            Handle handle(curl_easy_init());
            GATEHOUSE_ASSERT(handle != nullptr);
            return handle;
        }
        auto handle = std::move(idle_.back());
        idle_.pop_back();
        return handle;
    }

    void give_back(Handle handle) {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < kMaxIdleHandles) {
            idle_.push_back(std::move(handle));
        }
    }

    std::string authorities_;  // PEM; empty: the system's
    std::string authorities_error_;
    std::mutex mutex_;  // guards idle_
    std::vector<Handle> idle_;
};

}  // namespace

std::unique_ptr<Client> make_curl_client(std::string extra_ca_file) {
    return std::make_unique<CurlClient>(extra_ca_file);
}

}  // namespace gatehouse::http
