// SPDX-License-Identifier: Apache-2.0
#include "export/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace gatehouse::exports {

FileSink::~FileSink() {
    if (file_ > STDERR_FILENO) {
        ::close(file_);
    }
}

Result<void> FileSink::open() {
    if (options_.path == "-") {
        file_ = STDOUT_FILENO;
        return {};
    }
    file_ = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat info{};
    if (file_ < 0 || ::fstat(file_, &info) != 0) {
        return fail(ErrorCode::kUnavailable, "the export file cannot be written",
                    options_.path + ": " + strerrordesc_np(errno));
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
    return {};
}

void FileSink::rotate() {
    ::close(file_);
    file_ = -1;
    std::error_code error;  // a file that is not there is not renamed
    for (std::uint64_t i = options_.keep; i > 1; --i) {
        std::filesystem::rename(fmt::format("{}.{}", options_.path, i - 1),
                                fmt::format("{}.{}", options_.path, i), error);
    }
    std::filesystem::rename(options_.path, options_.path + ".1", error);
}

Result<void> FileSink::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file_, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return fail(ErrorCode::kUnavailable, "the export file cannot be written",
                        options_.path + ": " + strerrordesc_np(errno));
        }
        size_ += static_cast<std::uint64_t>(written);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::size_t> FileSink::take(const std::vector<audit::ChainedRecord>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
        const std::string line = json::dump(audit::to_json(records[i].record)) + "\n";
        if (file_ > STDERR_FILENO && size_ > 0 && size_ + line.size() > options_.max_size) {
            rotate();
        }
        if (file_ < 0) {
            if (auto opened = open(); !opened) {
                return std::unexpected(opened.error());
            }
        }
        if (auto written = write(line); !written) {
            return i == 0 ? Result<std::size_t>(std::unexpected(written.error())) : i;
        }
    }
    return records.size();
}

}  // namespace gatehouse::exports
