// SPDX-License-Identifier: Apache-2.0
#include "audit/chain.h"

#include <array>

#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::audit {
namespace {

void put_number(std::string& out, std::uint64_t value) {
    std::array<char, sizeof value> bytes{};
    for (char& byte : bytes) {
        byte = static_cast<char>(value & 0xffU);
        value >>= 8U;
    }
    out.append(bytes.data(), bytes.size());
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

}  // namespace

std::string link_hash(std::string_view before, const Link& link) {
    std::string bytes;
    bytes.reserve(before.size() + link.digest.size() + 3 * sizeof(std::uint64_t));
    bytes += before;
    put_number(bytes, link.seq);
    put_number(bytes, link.previous);
    put_number(bytes, link.record);
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
    put_number(bytes, head.number);
    put_number(bytes, head.seq);
    put_number(bytes, head.record);
    put_text(bytes, head.hash);
    put_number(bytes, head.start_seq);
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
