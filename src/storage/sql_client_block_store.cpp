// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_client_block_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using oauth::BlockKind;
using oauth::ClientBlock;

constexpr std::string_view kRedirectHost = "redirect_host";
constexpr std::string_view kDocumentHost = "document_host";

std::string kind_column(BlockKind kind) {
    return std::string(kind == BlockKind::kRedirectHost ? kRedirectHost : kDocumentHost);
}

Result<BlockKind> read_kind(std::string_view name) {
    if (name == kRedirectHost) {
        return BlockKind::kRedirectHost;
    }
    if (name == kDocumentHost) {
        return BlockKind::kDocumentHost;
    }
    return fail(ErrorCode::kCorrupt, "a stored block cannot be read");
}

}  // namespace

Result<bool> SqlClientBlockStore::add(const ClientBlock& block) {
    const auto added = database_.execute(
        "INSERT INTO client_blocks (kind, host, blocked_at) VALUES (?, ?, ?) "
        "ON CONFLICT (kind, host) DO NOTHING",
        {kind_column(block.kind), block.host, time_column(block.blocked_at)});
    if (!added) {
        return std::unexpected(added.error());
    }
    return *added == 1;
}

Result<bool> SqlClientBlockStore::remove(BlockKind kind, std::string_view host) {
    const auto removed = database_.execute("DELETE FROM client_blocks WHERE kind = ? AND host = ?",
                                           {kind_column(kind), std::string(host)});
    if (!removed) {
        return std::unexpected(removed.error());
    }
    return *removed == 1;
}

Result<std::vector<ClientBlock>> SqlClientBlockStore::list() {
    const auto rows =
        database_.query("SELECT kind, host, blocked_at FROM client_blocks ORDER BY kind, host", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<ClientBlock> blocks;
    for (const Row& row : *rows) {
        const auto kind = read_kind(row.text(0));
        if (!kind) {
            return std::unexpected(kind.error());
        }
        blocks.push_back({.kind = *kind, .host = row.text(1), .blocked_at = read_time(row, 2)});
    }
    return blocks;
}

}  // namespace gatehouse::storage
