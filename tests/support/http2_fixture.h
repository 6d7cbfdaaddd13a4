// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "support/http2_client.h"
#include "support/server_fixture.h"

namespace gatehouse::test {

/// A server with a plain listener and one that speaks TLS.
class Http2Fixture : public ServerFixture {
  protected:
    explicit Http2Fixture(http::ServerOptions options = {}) : ServerFixture(std::move(options)) {
        EXPECT_TRUE(tls_->use(shown_.certificate, shown_.key));
        listen_tls();
    }

    void restart(http::ServerOptions options) {
        server_.reset();
        start(std::move(options));
        listen_tls();
    }

    TlsPeer connect_tls() {
        return {*loop_, LoopPeer::connect(*loop_, tls_port_), context_.get(),
                TlsPeer::Side::kClient};
    }

    std::unique_ptr<Http2Client> connect_http2() {
        return std::make_unique<Http2Client>(*loop_, connect_tls());
    }

    TestAuthority authority_;
    TestCertificate shown_ = authority_.issue();
    std::shared_ptr<tls::ServerTls> tls_ = std::make_shared<tls::ServerTls>(clock_);
    TlsContextPtr context_ = plain_client_context();
    std::uint16_t tls_port_ = 0;

  private:
    void listen_tls() {
        auto sockets = net::listen_on("127.0.0.1", 0, 1);
        tls_port_ = net::local_endpoint(sockets->front()).port;
        EXPECT_TRUE(server_->listen(std::move(sockets->front()), tls_));
    }
};

}  // namespace gatehouse::test
