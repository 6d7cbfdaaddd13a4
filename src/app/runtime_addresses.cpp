// SPDX-License-Identifier: Apache-2.0
#include "app/runtime_addresses.h"

#include "base/url.h"
#include "net/address.h"
#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

/// No connection can be made to the limited broadcast address: it stands for "nowhere".
http::UpstreamTarget nowhere(std::uint16_t port) {
    return {.addresses = {net::IpAddress::parse("255.255.255.255").value()}, .port = port};
}

http::UpstreamTarget resolve_runtime(const std::string& runtime,
                                     const RuntimeAddresses& before,
                                     const std::shared_ptr<const tls::ClientTls>& tls) {
    const auto url = parse_url(runtime);
    if (!url) {
        return nowhere(0);
    }
    std::string host = url->host;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    auto addresses = net::resolve(host);
    http::UpstreamTarget target = nowhere(url->effective_port());
    if (url->scheme == "https") {
        target.tls = tls;
        target.host = host;
    }
    if (addresses) {
        target.addresses = std::move(*addresses);
        return target;
    }
    telemetry::warn("app", "runtime {} cannot be reached: {}", host, describe(addresses.error()));
    if (const auto known = before.find(runtime); known != before.end()) {
        target.addresses = known->second.addresses;
    }
    return target;
}

}  // namespace

RuntimeAddresses resolve_runtimes(const catalog::Catalog& catalog,
                                  const RuntimeAddresses& before,
                                  const std::shared_ptr<const tls::ClientTls>& tls) {
    RuntimeAddresses addresses;
    for (const catalog::Server& server : catalog.servers) {
        for (const std::string& runtime : server.runtimes) {
            if (!addresses.contains(runtime)) {
                addresses.emplace(runtime, resolve_runtime(runtime, before, tls));
            }
        }
    }
    return addresses;
}

}  // namespace gatehouse::app
