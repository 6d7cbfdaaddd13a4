// SPDX-License-Identifier: Apache-2.0
#include "mcp/error_body.h"

#include "base/json.h"

namespace gatehouse::mcp {

std::string quote(std::string_view text) {
    return json::dump(json::Value(text));
}

std::string error_body(const Fault& fault) {
    std::string body = R"({"jsonrpc":"2.0",)";
    if (!fault.id.empty()) {
        body += R"("id":)";
        body += fault.id;
        body += ',';
    }
    body += R"("error":{"code":)";
    body += std::to_string(static_cast<std::int32_t>(fault.code));
    body += R"(,"message":)";
    body += quote(fault.message);
    if (!fault.data.empty()) {
        body += R"(,"data":)";
        body += fault.data;
    }
    body += "}}";
    return body;
}

std::string result_body(std::string_view id, std::string_view result) {
    std::string body = R"({"jsonrpc":"2.0","id":)";
    body += id;
    body += R"(,"result":)";
    body += result;
    body += '}';
    return body;
}

}  // namespace gatehouse::mcp
