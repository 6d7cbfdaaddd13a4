// SPDX-License-Identifier: Apache-2.0
// uses: http
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "http/chunked_decoder.h"
#include "http/http1_parser.h"

namespace {

using namespace gatehouse::http;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

/// Whatever was taken must hold what the rest of the gateway relies on.
void check_head(const ParsedHead& head, std::string_view bytes) {
    require(head.size <= bytes.size());
    require(head.field_count <= kMaxFields);
    require(!head.chunked || head.content_length < 0);
    const auto text = bytes.substr(0, head.size);
    require(text.ends_with("\r\n\r\n"));
    for (std::size_t i = 0; i < head.field_count; ++i) {
        const auto& field = head.fields[i];
        require(!field.name.empty());
        require(inside(field.name, text) && inside(field.value, text));
        for (const char c : field.value) {
            require((static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7f) || c == '\t');
        }
    }
}

void parse_heads(std::string_view bytes) {
    const auto head = std::make_unique<ParsedHead>();
    if (parse_request_head(bytes, *head) == ParseStatus::kDone) {
        check_head(*head, bytes);
        require(head->path == "*" || head->path.starts_with('/'));
        require(inside(head->target, bytes) && inside(head->host, bytes));
        // A head does not depend on what follows it, and no part of it is a head.
        const auto size = head->size;
        require(parse_request_head(bytes.substr(0, size), *head) == ParseStatus::kDone);
        require(parse_request_head(bytes.substr(0, size - 1), *head) == ParseStatus::kIncomplete);
    }
    if (parse_response_head(bytes, *head) == ParseStatus::kDone) {
        check_head(*head, bytes);
        require(head->status >= 100 && head->status <= 999);
    }
}

/// The same bytes in one piece and byte by byte must mean the same.
void decode_chunks(std::string_view bytes) {
    std::string whole(bytes);
    ChunkedDecoder at_once;
    const auto outcome = at_once.decode({whole.data(), whole.size()});
    require(outcome.produced <= outcome.consumed && outcome.consumed <= bytes.size());
    ChunkedDecoder slowly;
    std::string body;
    std::size_t consumed = 0;
    while (consumed < bytes.size() && !slowly.done() && !slowly.failed()) {
        char c = bytes[consumed];
        const auto step = slowly.decode({&c, 1});
        body.append(&c, step.produced);
        consumed += step.consumed;
    }
    require(slowly.done() == at_once.done() && slowly.failed() == at_once.failed());
    require(consumed == outcome.consumed);
    require(body == std::string_view(whole).substr(0, outcome.produced));
}

}  // namespace

/// Both peers of the gateway choose these bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    parse_heads(bytes);
    decode_chunks(bytes);
    return 0;
}
