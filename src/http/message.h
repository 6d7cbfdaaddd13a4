// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Whole messages, as control-plane handlers and clients see them. The data plane works on views
/// (exchange.h).
namespace gatehouse::http {

struct Header {
    std::string name, value;
};

/// Header fields in order; names compare without case.
class Headers {
  public:
    Headers() = default;

    Headers(std::initializer_list<Header> list) : fields_(list) {}

    /// The first value, or nothing.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> get_all(std::string_view name) const;
    void add(std::string name, std::string value);
    /// Replaces every field of that name.
    void set(std::string name, std::string value);
    void remove(std::string_view name);

    [[nodiscard]] auto begin() const { return fields_.begin(); }

    [[nodiscard]] auto end() const { return fields_.end(); }

    [[nodiscard]] std::size_t size() const { return fields_.size(); }

  private:
    std::vector<Header> fields_;
};

struct Request {
    std::string method;
    std::string path;   ///< as sent, undecoded, before `?`
    std::string query;  ///< undecoded, without `?`
    Headers headers;
    std::string body;
    std::string client_ip;  ///< the peer, or X-Forwarded-For as trusted proxies say
    std::string origin;     ///< "scheme://host[:port]" of ours that the request was sent to
    std::string request_id;
};

struct Response {
    int status = 200;
    Headers headers;
    std::string body;
};

[[nodiscard]] std::string_view reason_phrase(int status);

[[nodiscard]] Response text_response(int status, std::string body);
[[nodiscard]] Response html_response(int status, std::string body);
/// `body` is serialized JSON. Adds no caching header.
[[nodiscard]] Response json_response(int status, std::string body);
[[nodiscard]] Response redirect_response(int status, std::string location);

/// The value of one cookie of the request, or nothing. The first of that name counts.
[[nodiscard]] std::optional<std::string> get_cookie(const Request& request, std::string_view name);

}  // namespace gatehouse::http
