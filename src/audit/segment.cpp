// SPDX-License-Identifier: Apache-2.0
#include "audit/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::audit {
namespace {

constexpr std::string_view kMagic = "GHJRNL01";
constexpr std::size_t kHeader = 12;  // length and checksum

std::size_t padded(std::size_t length) {
    return (length + 7U) & ~std::size_t{7};
}

std::uint64_t checksum(std::string_view payload) {
    return XXH3_64bits(payload.data(), payload.size());
}

/// Closes a descriptor when the function that opened it returns; a mapping needs it no longer.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

std::unexpected<Error> segment_error(const std::filesystem::path& path, int error) {
    return fail(ErrorCode::kUnavailable, "the audit journal cannot be written",
                path.string() + ": " + std::string(strerrordesc_np(error)));
}

std::uint32_t load_length(const char* at) {
    std::uint32_t length = 0;
    std::memcpy(&length, at, sizeof length);
    std::atomic_thread_fence(std::memory_order_acquire);
    return length;
}

}  // namespace

Result<SegmentWriter> SegmentWriter::create(const std::filesystem::path& path, std::size_t size) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        return segment_error(path, errno);
    }
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0) {
        ::unlink(path.c_str());
        return segment_error(path, error);
    }
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) {
        const int error = errno;
        ::unlink(path.c_str());
        return segment_error(path, error);
    }
    std::memcpy(data, kMagic.data(), kMagic.size());
    return SegmentWriter(static_cast<char*>(data), size);
}

SegmentWriter::SegmentWriter(SegmentWriter&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_), offset_(other.offset_) {}

SegmentWriter& SegmentWriter::operator=(SegmentWriter&& other) noexcept {
    if (this != &other) {
        unmap();
        data_ = std::exchange(other.data_, nullptr);
        size_ = other.size_;
        offset_ = other.offset_;
    }
    return *this;
}

SegmentWriter::~SegmentWriter() {
    unmap();
}

void SegmentWriter::unmap() {
    if (data_ != nullptr) {
        ::munmap(data_, size_);
        data_ = nullptr;
    }
}

std::size_t SegmentWriter::max_payload(std::size_t size) {
    return size - kMagic.size() - kHeader - 16;
}

bool SegmentWriter::append(std::string_view payload) {
    const std::size_t need = padded(kHeader + payload.size());
    // Four zero bytes always stay behind the last record: they are the end mark.
    if (payload.empty() || offset_ + need + 8 > size_) {
        return false;
    }
    char* at = data_ + offset_;
    const std::uint64_t sum = checksum(payload);
    std::memcpy(at + 4, &sum, sizeof sum);
    std::memcpy(at + kHeader, payload.data(), payload.size());
    std::atomic_thread_fence(std::memory_order_release);
    const auto length = static_cast<std::uint32_t>(payload.size());
    std::memcpy(at, &length, sizeof length);
    offset_ += need;
    return true;
}

Result<SegmentReader> SegmentReader::open(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info{};
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
        return segment_error(path, errno);
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size < kMagic.size() + kHeader) {
        return fail(ErrorCode::kCorrupt, "journal segment is too short", path.string());
    }
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) {
        return segment_error(path, errno);
    }
    SegmentReader reader(static_cast<const char*>(data), size);
    if (std::string_view(reader.data_, kMagic.size()) != kMagic) {
        return fail(ErrorCode::kCorrupt, "not a journal segment", path.string());
    }
    return reader;
}

SegmentReader::SegmentReader(SegmentReader&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

SegmentReader& SegmentReader::operator=(SegmentReader&& other) noexcept {
    if (this != &other) {
        unmap();
        data_ = std::exchange(other.data_, nullptr);
        size_ = other.size_;
    }
    return *this;
}

SegmentReader::~SegmentReader() {
    unmap();
}

void SegmentReader::unmap() {
    if (data_ != nullptr) {
        ::munmap(const_cast<char*>(data_), size_);
        data_ = nullptr;
    }
}

SegmentReader::Step SegmentReader::read(std::size_t offset) const {
    if (offset + kHeader > size_) {
        return {.found = Found::kEnd, .payload = {}, .next = offset};
    }
    const std::uint32_t length = load_length(data_ + offset);
    if (length == 0) {
        return {.found = Found::kEnd, .payload = {}, .next = offset};
    }
    if (offset + kHeader + length > size_) {
        return {.found = Found::kDamaged, .payload = {}, .next = offset};
    }
    const std::string_view payload(data_ + offset + kHeader, length);
    std::uint64_t sum = 0;
    std::memcpy(&sum, data_ + offset + 4, sizeof sum);
    if (sum != checksum(payload)) {
        return {.found = Found::kDamaged, .payload = {}, .next = offset};
    }
    return {.found = Found::kRecord, .payload = payload, .next = offset + padded(kHeader + length)};
}

}  // namespace gatehouse::audit
