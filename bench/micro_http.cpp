// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>

#include "base/assert.h"
#include "http/http1_parser.h"
#include "micro_samples.h"

namespace gatehouse::bench {
namespace {

void parse_call_head(benchmark::State& state) {
    const std::string bytes = call_head(std::string(640, 'a')) + call_body(300);
    http::ParsedHead head;
    for (auto _ : state) {
        const auto status = http::parse_request_head(bytes, head);
        GATEHOUSE_ASSERT(status == http::ParseStatus::kDone);
        benchmark::DoNotOptimize(head);
    }
}

void parse_answer_head(benchmark::State& state) {
    const std::string bytes =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-cache\r\n"
        "Content-Length: 594\r\n\r\n" +
        result_body();
    http::ParsedHead head;
    for (auto _ : state) {
        const auto status = http::parse_response_head(bytes, head);
        GATEHOUSE_ASSERT(status == http::ParseStatus::kDone);
        benchmark::DoNotOptimize(head);
    }
}

BENCHMARK(parse_call_head);
BENCHMARK(parse_answer_head);

}  // namespace
}  // namespace gatehouse::bench
