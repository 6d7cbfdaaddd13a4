// SPDX-License-Identifier: Apache-2.0
#include "audit/chain.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::audit {
namespace {

void put_text(std::string& out, std::string_view text) {
    append_little_endian(out, text.size());
    out += text;
}

}  // namespace

std::string link_hash(std::string_view before, const Link& link) {
    std::string bytes;
    bytes.reserve(before.size() + link.digest.size() + 3 * sizeof(std::uint64_t));
    bytes += before;
    append_little_endian(bytes, link.seq);
    append_little_endian(bytes, link.previous);
    append_little_endian(bytes, link.record);
    bytes += link.digest;
    return crypto::sha256(bytes);
}

Link ChainDraft::add(std::uint64_t record, std::string digest) {
    Link link{.seq = head_.seq + 1,
              .record = record,
              .previous = head_.record,
              .digest = std::move(digest),
              .hash = {}};
    link.hash = link_hash(head_.hash, link);
    head_.seq = link.seq;
    head_.record = record;
    head_.hash = link.hash;
    return link;
}

std::string ChainSeal::of_head(const ChainHead& head) const {
    std::string bytes = "head";
    put_text(bytes, head.replica);
    append_little_endian(bytes, head.number);
    append_little_endian(bytes, head.seq);
    append_little_endian(bytes, head.record);
    put_text(bytes, head.hash);
    append_little_endian(bytes, head.start_seq);
    put_text(bytes, head.start_hash);
    return crypto::hmac_sha256(key_, bytes);
}

bool ChainSeal::fits(const ChainHead& head) const {
    return constant_time_equal(of_head(head), head.seal);
}

std::string ChainSeal::of_retired(std::string_view replica, const Link& link) const {
    std::string bytes = "retired";
    put_text(bytes, replica);
    put_text(bytes, link.hash);
    return crypto::hmac_sha256(key_, bytes);
}

bool ChainSeal::fits_retired(std::string_view replica,
                             const Link& link,
                             std::string_view proof) const {
    return constant_time_equal(of_retired(replica, link), proof);
}

}  // namespace gatehouse::audit
