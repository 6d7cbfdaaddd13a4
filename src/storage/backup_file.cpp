// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "storage/internal/postgres_dialect.h"

namespace gatehouse::storage {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kBufferSize = std::size_t{1} << 18U;

std::unexpected<Error> cannot_write(const std::filesystem::path& file, int error) {
    return fail(ErrorCode::kUnavailable, file.string() + " cannot be written",
                std::generic_category().message(error));
}

std::unexpected<Error> not_whole() {
    return fail(ErrorCode::kCorrupt, "the backup is not whole");
}

/// A chain over the lines: each is bound to all before it.
void extend(std::string& digest, std::string_view line) {
    digest = crypto::sha256(digest + crypto::sha256(line));
}

json::Value to_json(const Field& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field)) {
        return *number;
    }
    if (const auto* text = std::get_if<std::string>(&field)) {
        return json::Value(to_postgres_text(*text));  // JSON is as particular
    }
    if (const auto* blob = std::get_if<Blob>(&field)) {
        return json::Object{{"bytes", base64_encode(blob->bytes)}};
    }
    return nullptr;
}

std::optional<Field> to_field(const json::Value& value) {
    if (value.is_null()) {
        return Field(nullptr);
    }
    if (value.is_int64()) {
        return Field(value.get_int64());
    }
    if (value.is_string()) {
        return Field(from_postgres_text(std::string_view(value.get_string())));
    }
    if (!value.is_object()) {
        return std::nullopt;
    }
    const auto text = json::get_string(value.get_object(), "bytes");
    auto bytes = text ? base64_decode(*text) : std::nullopt;
    return bytes ? std::optional<Field>(Blob{std::move(*bytes)}) : std::nullopt;
}

class Reader {
  public:
    Reader(const std::filesystem::path& file, const BackupVisitor& visitor)
        : stream_(file, std::ios::binary), visitor_(visitor) {}

    Result<BackupContent> read() {
        auto line = next();
        const auto* head = line ? line->if_object() : nullptr;
        if (head == nullptr || json::get_int(*head, "gatehouse_backup") != kFormat) {
            return fail(ErrorCode::kInvalid, "this is no backup of a gatehouse store");
        }
        content_.head = {.schema = json::get_int(*head, "schema").value_or(0),
                         .made_at = json::get_int(*head, "made_at").value_or(0)};
        while (!ended_) {
            const std::string before = digest_;
            line = next();
            if (!line) {
                return not_whole();
            }
            if (auto taken = take(*line, before); !taken) {
                return std::unexpected(taken.error());
            }
        }
        return content_;
    }

  private:
    std::optional<json::Value> next() {
        std::string text;
        if (!std::getline(stream_, text) || stream_.eof()) {  // a last line without its end
            return std::nullopt;
        }
        extend(digest_, text);
        auto value = json::parse(text);
        return value ? std::optional(std::move(*value)) : std::nullopt;
    }

    Result<void> take(const json::Value& line, const std::string& digest_before) {
        if (line.is_array()) {
            return take_row(line.get_array());
        }
        const auto* object = line.if_object();
        if (object == nullptr) {
            return not_whole();
        }
        if (const auto table = json::get_string(*object, "table")) {
            return take_table(*table, *object);
        }
        ended_ = true;
        const bool is_whole = json::get_int(*object, "rows") == content_.rows &&
                              json::get_string(*object, "digest") == hex_encode(digest_before);
        return is_whole ? Result<void>{} : not_whole();
    }

    Result<void> take_table(const std::string& name, const json::Object& line) {
        const auto* columns = line.if_contains("columns");
        if (columns == nullptr || !columns->is_array()) {
            return not_whole();
        }
        std::vector<std::string> names;
        for (const json::Value& column : columns->get_array()) {
            if (!column.is_string()) {
                return not_whole();
            }
            names.emplace_back(column.get_string());
        }
        columns_ = names.size();
        return visitor_.on_table ? visitor_.on_table(name, names) : Result<void>{};
    }

    Result<void> take_row(const json::Array& line) {
        if (columns_ == 0 || line.size() != columns_) {
            return not_whole();
        }
        ++content_.rows;
        if (!visitor_.on_row) {
            return {};
        }
        std::vector<Field> fields;
        fields.reserve(columns_);
        for (const json::Value& value : line) {
            auto field = to_field(value);
            if (!field) {
                return not_whole();
            }
            fields.push_back(std::move(*field));
        }
        return visitor_.on_row(std::move(fields));
    }

    std::ifstream stream_;
    const BackupVisitor& visitor_;
    BackupContent content_;
    std::string digest_;
    std::size_t columns_ = 0;
    bool ended_ = false;
};

}  // namespace

Result<BackupWriter> BackupWriter::create(const std::filesystem::path& file,
                                          const BackupHead& head) {
    const std::filesystem::path beside = file.string() + ".part";
    const int descriptor =
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return cannot_write(file, errno);
    }
    BackupWriter writer(descriptor, file, beside);
    if (auto put = writer.put(json::Object{
            {"gatehouse_backup", kFormat}, {"schema", head.schema}, {"made_at", head.made_at}});
        !put) {
        return std::unexpected(put.error());
    }
    return writer;
}

BackupWriter::BackupWriter(BackupWriter&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      file_(std::move(other.file_)),
      beside_(std::move(other.beside_)),
      buffer_(std::move(other.buffer_)),
      digest_(std::move(other.digest_)),
      rows_(other.rows_) {}

BackupWriter::~BackupWriter() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        ::unlink(beside_.c_str());
    }
}

Result<void> BackupWriter::put(const json::Value& line) {
    const std::string text = json::dump(line);
    extend(digest_, text);
    buffer_ += text;
    buffer_ += '\n';
    return buffer_.size() < kBufferSize ? Result<void>{} : flush();
}

Result<void> BackupWriter::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written < 0 && errno != EINTR) {
            return cannot_write(file_, errno);
        }
        left.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    buffer_.clear();
    return {};
}

Result<void> BackupWriter::begin_table(const Table& table) {
    return put(json::Object{{"table", table.name}, {"columns", json::to_array(table.columns)}});
}

Result<void> BackupWriter::add_row(const std::vector<Field>& fields) {
    json::Array line;
    line.reserve(fields.size());
    for (const Field& field : fields) {
        line.push_back(to_json(field));
    }
    ++rows_;
    return put(line);
}

Result<void> BackupWriter::finish() {
    if (auto put = this->put(json::Object{{"rows", rows_}, {"digest", hex_encode(digest_)}});
        !put) {
        return put;
    }
    if (auto flushed = flush(); !flushed) {
        return flushed;
    }
    if (::fsync(descriptor_) != 0 || ::rename(beside_.c_str(), file_.c_str()) != 0) {
        return cannot_write(file_, errno);
    }
    ::close(std::exchange(descriptor_, -1));
    return {};
}

Result<BackupContent> read_backup(const std::filesystem::path& file, const BackupVisitor& visitor) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
        return fail(ErrorCode::kNotFound, "there is no file " + file.string());
    }
    return Reader(file, visitor).read();
}

}  // namespace gatehouse::storage
