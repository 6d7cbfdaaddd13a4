// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/address_rule.h"
#include "http/message.h"

namespace gatehouse::http {

struct ClientRequest {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::string body;
    std::chrono::milliseconds timeout{10'000};
    std::size_t max_body = 1 << 20;
    /// For URLs that the operator did not write; null: any address. Such a request has a connection
    /// of its own.
    std::shared_ptr<const AddressRule> addresses;
    /// Called with each piece of the body; true: the rest is of no interest, and what came is the
    /// answer. For streams that a peer leaves open.
    std::function<bool(std::string_view piece)> enough;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

/// Blocking outbound HTTP of the control plane. Thread-safe. Never follows a redirect, never uses
/// a proxy from the environment, keeps no cookies, verifies TLS.
class Client {
  public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    virtual ~Client() = default;

    /// kTimeout, kUnavailable (could not connect or broke off), kTooLarge; an HTTP error status is
    /// an answer, not an error.
    [[nodiscard]] virtual Result<ClientResponse> send(const ClientRequest& request) = 0;
};

/// Over libcurl. `extra_ca_file` may be empty.
[[nodiscard]] std::unique_ptr<Client> make_curl_client(std::string extra_ca_file);

}  // namespace gatehouse::http
