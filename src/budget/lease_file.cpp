// SPDX-License-Identifier: Apache-2.0
#include "budget/lease_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "crypto/random.h"

namespace gatehouse::budget {
namespace {

constexpr std::array<char, 8> kMagic{'G', 'H', 'L', 'E', 'A', 'S', 'E', '1'};
constexpr std::size_t kOwnerBytes = 32;
// So many processes may share a directory, or have left a file in it.
constexpr int kMaxFiles = 64;

static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::unexpected<Error> file_error(const std::filesystem::path& path, int error) {
    return fail(ErrorCode::kUnavailable, "the file of budget leases cannot be used",
                path.string() + ": " + std::string(strerrordesc_np(error)));
}

std::string make_owner() {
    // 24 bytes are 32 characters.
    return crypto::random_token(24);
}

}  // namespace

struct LeaseFile::Layout {
    struct alignas(64) Header {
        std::array<char, 8> magic;
        std::array<char, kOwnerBytes> owner;
    };

    Header header;
    std::array<Slot, kSlots> slots;
};

Result<std::unique_ptr<LeaseFile>> LeaseFile::open(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    std::unique_ptr<LeaseFile> mine;
    std::vector<std::unique_ptr<LeaseFile>> others;
    for (int i = 0; i < kMaxFiles; ++i) {
        const auto path = directory / fmt::format("leases-{}.map", i);
        if (mine != nullptr && !std::filesystem::exists(path, error)) {
            continue;
        }
        std::unique_ptr<LeaseFile> file(new LeaseFile);
        const auto mapped = file->map(path);
        if (!mapped) {
            return std::unexpected(mapped.error());
        }
        if (!*mapped) {
            continue;
        }
        (mine == nullptr ? mine : others.emplace_back()) = std::move(file);
    }
    if (mine == nullptr) {
        return fail(ErrorCode::kUnavailable, "the file of budget leases cannot be used",
                    directory.string() + ": every file is in use");
    }
    mine->left_.push_back(mine->read());
    for (const auto& other : others) {
        mine->left_.push_back(other->read());
    }
    mine->others_ = std::move(others);
    return mine;
}

/// False when another process has it.
Result<bool> LeaseFile::map(const std::filesystem::path& path) {
    path_ = path;
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) {
        return file_error(path, errno);
    }
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? Result<bool>(false) : file_error(path, errno);
    }
    // Room now, because a full disk would be a signal in the middle of a call later.
    if (const int full = ::posix_fallocate(fd_, 0, sizeof(Layout)); full != 0) {
        return file_error(path, full);
    }
    void* data = ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (data == MAP_FAILED) {
        return file_error(path, errno);
    }
    layout_ = static_cast<Layout*>(data);
    Layout::Header& header = layout_->header;
    if (header.magic != kMagic) {
        std::memset(data, 0, sizeof(Layout));
        const std::string owner = make_owner();
        std::memcpy(header.owner.data(), owner.data(), header.owner.size());
        std::atomic_thread_fence(std::memory_order_release);
        header.magic = kMagic;
    }
    owner_.assign(header.owner.data(), header.owner.size());
    return true;
}

LeaseFile::~LeaseFile() {
    if (layout_ != nullptr) {
        ::munmap(layout_, sizeof(Layout));
    }
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

LeaseFile::Left LeaseFile::read() const {
    Left left{.owner = owner_, .spent = {}};
    for (const Slot& slot : layout_->slots) {
        if (const auto lease = slot.lease.load(std::memory_order_relaxed); lease != 0) {
            left.spent.push_back(
                {.lease = lease, .spent = slot.spent.load(std::memory_order_relaxed) & ~kClosed});
        }
    }
    return left;
}

void LeaseFile::forget_left() {
    const std::lock_guard lock(mutex_);
    left_.clear();
    for (const auto& other : others_) {
        std::error_code error;
        std::filesystem::remove(other->path_, error);
    }
    others_.clear();
    free_.clear();
    for (std::size_t i = kSlots; i-- > 0;) {
        Slot& slot = layout_->slots.at(i);
        slot.lease.store(0, std::memory_order_relaxed);
        free_.push_back(&slot);
    }
}

LeaseFile::Slot* LeaseFile::take(std::int64_t lease) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
        return nullptr;
    }
    Slot* const slot = free_.back();
    free_.pop_back();
    slot->spent.store(0, std::memory_order_relaxed);
    slot->lease.store(lease, std::memory_order_release);
    return slot;
}

void LeaseFile::release(Slot& slot) {
    slot.lease.store(0, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    free_.push_back(&slot);
}

}  // namespace gatehouse::budget
