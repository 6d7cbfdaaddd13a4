// SPDX-License-Identifier: Apache-2.0
#include "app/data_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/random.h"

namespace gatehouse::app {
namespace {

std::unexpected<Error> cannot(const std::filesystem::path& path, int error) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be written: {}", path.string(), strerrordesc_np(error)));
}

/// Complete or not there: written beside, synced and renamed.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view content) {
    const std::filesystem::path beside = path.string() + ".new";
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return cannot(path, errno);
    }
    const bool written =
        ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        ::fsync(file) == 0;
    const int error = errno;
    ::close(file);
    if (!written) {
        return cannot(path, error);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) {
        return cannot(path, errno);
    }
    return {};
}

/// The trimmed content, or what `make` gives, stored first.
template <typename Make>
Result<std::string> read_or_make(const std::filesystem::path& path, Make make) {
    std::ifstream file(path);
    if (file) {
        const std::string content((std::istreambuf_iterator<char>(file)), {});
        return std::string(trim(split(content, '\n').front()));
    }
    if (std::filesystem::exists(path)) {
        return fail(ErrorCode::kUnavailable, path.string() + " cannot be read");
    }
    const std::string made = make();
    if (auto written = write_private_file(path, made + "\n"); !written) {
        return std::unexpected(written.error());
    }
    return made;
}

}  // namespace

Result<DataDir> DataDir::open(const std::filesystem::path& path) {
    std::error_code error;
    const bool existed = std::filesystem::exists(path, error);
    std::filesystem::create_directories(path, error);
    if (error) {
        return cannot(path, error.value());
    }
    if (!existed) {
        std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    }
    const std::filesystem::path lock = path / "lock";
    const int file = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return cannot(lock, errno);
    }
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return fail(ErrorCode::kConflict,
                    fmt::format("{} is in use by another gateway", path.string()));
    }
    return DataDir(path, file);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
    if (lock_ >= 0) {
        ::close(lock_);
    }
}

Result<Secret> DataDir::master_key() const {
    const std::filesystem::path path = path_ / "master.key";
    auto text = read_or_make(path, [] { return base64_encode(crypto::random_bytes(32)); });
    if (!text) {
        return std::unexpected(text.error());
    }
    auto bytes = base64_decode(*text);
    if (!bytes || bytes->size() != 32) {
        return fail(ErrorCode::kInvalid, path.string() + " does not hold 32 bytes in base64");
    }
    return Secret(std::move(*bytes));
}

Result<Secret> DataDir::admin_token() const {
    const std::filesystem::path path = path_ / "admin.token";
    auto text = read_or_make(path, [] { return crypto::random_token(); });
    if (!text) {
        return std::unexpected(text.error());
    }
    if (text->size() < 16) {
        return fail(ErrorCode::kInvalid, path.string() + " is too short to be an admin token");
    }
    return Secret(std::move(*text));
}

Result<Secret> DataDir::rotate_admin_token() const {
    Secret token(crypto::random_token());
    const auto written =
        write_private_file(path_ / "admin.token", std::string(token.reveal()) + "\n");
    return written ? Result<Secret>(std::move(token)) : std::unexpected(written.error());
}

Result<std::string> DataDir::replica_id() const {
    const std::filesystem::path path = path_ / "replica.id";
    auto text = read_or_make(path, [] { return crypto::random_token(9); });
    if (!text) {
        return std::unexpected(text.error());
    }
    if (text->empty() || text->size() > 64) {
        return fail(ErrorCode::kInvalid, path.string() + " does not hold a name");
    }
    return std::move(*text);
}

Result<void> DataDir::write_admin_address(const std::string& address) const {
    return write_private_file(path_ / "admin.address", address + "\n");
}

}  // namespace gatehouse::app
