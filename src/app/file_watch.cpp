// SPDX-License-Identifier: Apache-2.0
#include "app/file_watch.h"

#include <sys/stat.h>

#include <utility>

namespace gatehouse::app {

bool FileWatch::State::operator==(const State& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
}

FileWatch::FileWatch(std::filesystem::path path) : path_(std::move(path)), known_(look()) {
    candidate_ = known_;
}

std::optional<FileWatch::State> FileWatch::look() const {
    struct stat info{};
    if (::stat(path_.c_str(), &info) != 0) {
        return std::nullopt;
    }
    return State{.device = info.st_dev,
                 .inode = info.st_ino,
                 .size = info.st_size,
                 .modified = info.st_mtim};
}

bool FileWatch::changed() {
    const std::optional<State> now = look();
    // A file that is gone for a moment is being replaced: the running configuration stays.
    if (!now || now == known_) {
        candidate_ = now;
        return false;
    }
    if (now != candidate_) {
        candidate_ = now;
        return false;
    }
    known_ = now;
    return true;
}

}  // namespace gatehouse::app
