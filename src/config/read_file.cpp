// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <system_error>

#include "config/config.h"

namespace gatehouse::config {

Result<std::string> read_file(const std::filesystem::path& path) {
    constexpr std::uintmax_t kMaxBytes = 4U << 20U;
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        return error && status.type() != std::filesystem::file_type::not_found
                   ? fail(ErrorCode::kUnavailable, "cannot be read: " + error.message())
                   : fail(ErrorCode::kNotFound, "there is no such file");
    }
    if (std::filesystem::is_directory(status)) {
        return fail(ErrorCode::kInvalid, "this is a folder, not a file");
    }
    std::ifstream stream(path, std::ios::binary);
    std::string content;
    // Also of what has no size of its own, such as a pipe.
    for (char c = 0; content.size() <= kMaxBytes && stream.get(c);) {
        content.push_back(c);
    }
    if (stream.bad() || !stream.is_open()) {
        return fail(ErrorCode::kUnavailable, "cannot be read");
    }
    if (content.size() > kMaxBytes) {
        return fail(ErrorCode::kTooLarge, "larger than 4 MiB");
    }
    return content;
}

}  // namespace gatehouse::config
