// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

namespace gatehouse::config {

std::string sample_yaml() {
    return R"(# Gatehouse. `gatehouse check` tells what is wrong with this file, `gatehouse serve` runs it.
# A text may hold ${NAME} for an environment variable and ${file:PATH} for a file's content.
version: 1

# The address that MCP clients use. Beyond this machine it must be https.
public_url: http://127.0.0.1:8080
listen: 127.0.0.1:8080
# Without a proxy in front that ends TLS; the files are read again when they change.
# tls: {certificate: cert.pem, key: key.pem}

# Database, keys, admin token and audit journal.
data_dir: ./data

# The admin API, for `gatehouse users`, `gatehouse logs` and the rest. Loopback only.
admin:
  listen: 127.0.0.1:9901

# Who the user is. Accounts are made with `gatehouse users add NAME --email E --password-stdin`.
sign_in:
  local: {enabled: true, self_register: false}

# Where runtimes act for a person at another service, a profile describes that service's
# authorization server. Its redirect URI there is public_url + /connect/<profile>/callback.
# profiles:
#   todo:
#     issuer: https://auth.todo.example
#     client: {id: gatehouse, secret: "${TODO_SECRET}"}
#     resource: https://api.todo.example
#     scopes: [todos.read, todos.write, offline_access]
#     identity: {from: id_token}

# The attached runtimes. Clients connect to public_url + /todo/mcp.
servers:
  todo:
    title: Todo
    runtime: http://127.0.0.1:9000/mcp
    # The runtime knows the gateway by this secret, sent as X-Gateway-Worker-Secret.
    # worker: {secret: "${TODO_WORKER_SECRET}"}
    # profile: todo
    # scopes: [todos.read]
)";
}

}  // namespace gatehouse::config
