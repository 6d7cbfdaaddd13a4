// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <array>

#include "base/strings.h"

namespace gatehouse::http {

namespace {

struct Reason {
    int status;
    std::string_view phrase;
};

constexpr std::array kReasons{Reason{100, "Continue"},
                              Reason{101, "Switching Protocols"},
                              Reason{200, "OK"},
                              Reason{201, "Created"},
                              Reason{202, "Accepted"},
                              Reason{204, "No Content"},
                              Reason{206, "Partial Content"},
                              Reason{301, "Moved Permanently"},
                              Reason{302, "Found"},
                              Reason{303, "See Other"},
                              Reason{304, "Not Modified"},
                              Reason{307, "Temporary Redirect"},
                              Reason{308, "Permanent Redirect"},
                              Reason{400, "Bad Request"},
                              Reason{401, "Unauthorized"},
                              Reason{403, "Forbidden"},
                              Reason{404, "Not Found"},
                              Reason{405, "Method Not Allowed"},
                              Reason{406, "Not Acceptable"},
                              Reason{408, "Request Timeout"},
                              Reason{409, "Conflict"},
                              Reason{410, "Gone"},
                              Reason{411, "Length Required"},
                              Reason{412, "Precondition Failed"},
                              Reason{413, "Content Too Large"},
                              Reason{414, "URI Too Long"},
                              Reason{415, "Unsupported Media Type"},
                              Reason{417, "Expectation Failed"},
                              Reason{421, "Misdirected Request"},
                              Reason{422, "Unprocessable Content"},
                              Reason{426, "Upgrade Required"},
                              Reason{429, "Too Many Requests"},
                              Reason{431, "Request Header Fields Too Large"},
                              Reason{500, "Internal Server Error"},
                              Reason{501, "Not Implemented"},
                              Reason{502, "Bad Gateway"},
                              Reason{503, "Service Unavailable"},
                              Reason{504, "Gateway Timeout"},
                              Reason{505, "HTTP Version Not Supported"}};

Response with_type(int status, std::string_view type, std::string body) {
    return {.status = status,
            .headers = {{.name = "Content-Type", .value = std::string(type)}},
            .body = std::move(body)};
}

}  // namespace

std::optional<std::string_view> Headers::get(std::string_view name) const {
    for (const auto& field : fields_) {
        if (iequals(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& field : fields_) {
        if (iequals(field.name, name)) {
            values.emplace_back(field.value);
        }
    }
    return values;
}

void Headers::add(std::string name, std::string value) {
    fields_.push_back({.name = std::move(name), .value = std::move(value)});
}

void Headers::set(std::string name, std::string value) {
    remove(name);
    add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [&](const Header& field) { return iequals(field.name, name); });
}

std::string_view reason_phrase(int status) {
    for (const auto& reason : kReasons) {
        if (reason.status == status) {
            return reason.phrase;
        }
    }
    return "Unknown";
}

Response text_response(int status, std::string body) {
    return with_type(status, "text/plain; charset=utf-8", std::move(body));
}

Response html_response(int status, std::string body) {
    return with_type(status, "text/html; charset=utf-8", std::move(body));
}

Response json_response(int status, std::string body) {
    return with_type(status, "application/json", std::move(body));
}

Response redirect_response(int status, std::string location) {
    return {.status = status,
            .headers = {{.name = "Location", .value = std::move(location)}},
            .body = {}};
}

std::optional<std::string> get_cookie(const Request& request, std::string_view name) {
    for (const auto field : request.headers.get_all("Cookie")) {
        for (const auto part : split(field, ';')) {
            const auto pair = trim(part);
            const auto equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
                return std::string(pair.substr(equals + 1));
            }
        }
    }
    return std::nullopt;
}

}  // namespace gatehouse::http
