// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>

#include "base/assert.h"
#include "mcp/message.h"
#include "mcp/outcome.h"
#include "mcp/sse.h"
#include "micro_samples.h"

namespace gatehouse::bench {
namespace {

void classify_call(benchmark::State& state) {
    const std::string body = call_body(static_cast<std::size_t>(state.range(0)));
    mcp::Classifier classifier;
    for (auto _ : state) {
        const auto read = classifier.classify(body);
        GATEHOUSE_ASSERT(read && read->messages.front().item == "get_weather");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void read_outcome(benchmark::State& state) {
    const std::string body = result_body();
    for (auto _ : state) {
        const auto outcome = mcp::read_outcome(body);
        GATEHOUSE_ASSERT(outcome.is_response);
    }
}

void scan_events(benchmark::State& state) {
    const auto pieces = static_cast<std::size_t>(state.range(0));
    std::string stream;
    for (int i = 0; i < 8; ++i) {
        stream += "event: message\ndata: " + result_body() + "\n\n";
    }
    const std::size_t piece = stream.size() / pieces;
    mcp::SseScanner scanner;
    for (auto _ : state) {
        std::size_t events = 0;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            scanner.feed(std::string_view(stream).substr(at, piece),
                         [&](std::string_view) { ++events; });
        }
        GATEHOUSE_ASSERT(events == 8);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

BENCHMARK(classify_call)->Arg(300)->Arg(4096)->Arg(20480);
BENCHMARK(read_outcome);
BENCHMARK(scan_events)->Arg(1)->Arg(16);

}  // namespace
}  // namespace gatehouse::bench
