// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/sqlite_rows.h"

#include <memory>
#include <string>

namespace gatehouse::storage {
namespace {

// SQLite sees the first member of each.
struct RowTable {
    sqlite3_vtab base{};
    const SqliteRows* rows = nullptr;
};

struct RowCursor {
    sqlite3_vtab_cursor base{};
    RowSource* source = nullptr;
    std::size_t row = 0;
};

RowCursor& cursor_of(sqlite3_vtab_cursor* cursor) {
    return *reinterpret_cast<RowCursor*>(cursor);
}

int connect(sqlite3* handle,
            void* rows,
            int /*count*/,
            const char* const* /*arguments*/,
            sqlite3_vtab** made,
            char** /*error*/) {
    std::string declaration = "CREATE TABLE x(";
    for (std::size_t i = 0; i < SqliteRows::kMaxColumns; ++i) {
        declaration += (i == 0 ? "c" : ", c") + std::to_string(i);
    }
    const int code = sqlite3_declare_vtab(handle, (declaration + ")").c_str());
    if (code == SQLITE_OK) {
        auto table = std::make_unique<RowTable>();
        table->rows = static_cast<const SqliteRows*>(rows);
        *made = &table.release()->base;
    }
    return code;
}

int disconnect(sqlite3_vtab* table) {
    const std::unique_ptr<RowTable> ended(reinterpret_cast<RowTable*>(table));
    return SQLITE_OK;
}

int best_index(sqlite3_vtab* /*table*/, sqlite3_index_info* plan) {
    constexpr double kManyRows = 1000;
    plan->estimatedCost = kManyRows;
    plan->estimatedRows = static_cast<sqlite3_int64>(kManyRows);
    return SQLITE_OK;
}

int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** made) {
    auto cursor = std::make_unique<RowCursor>();
    cursor->source = reinterpret_cast<RowTable*>(table)->rows->source();
    *made = &cursor.release()->base;
    return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    const std::unique_ptr<RowCursor> ended(&cursor_of(cursor));
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor,
           int /*index*/,
           const char* /*name*/,
           int /*count*/,
           sqlite3_value** /*arguments*/) {
    cursor_of(cursor).row = 0;
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).row;
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
    const RowCursor& at = cursor_of(cursor);
    return at.source == nullptr || at.row >= at.source->size() ? 1 : 0;
}

// SQLITE_STATIC, written as a null pointer: what a cell looks at outlives the statement.
int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
    const RowCursor& at = cursor_of(cursor);
    const Cell cell = at.source->cell(at.row, static_cast<std::size_t>(index));
    switch (cell.kind) {
        case Cell::Kind::kNull:
            sqlite3_result_null(context);
            break;
        case Cell::Kind::kInteger:
            sqlite3_result_int64(context, cell.integer);
            break;
        case Cell::Kind::kText:
            // Without bytes a null pointer would mean NULL.
            sqlite3_result_text64(context, cell.bytes.empty() ? "" : cell.bytes.data(),
                                  cell.bytes.size(), nullptr, SQLITE_UTF8);
            break;
        case Cell::Kind::kBlob:
            sqlite3_result_blob64(context, cell.bytes.empty() ? "" : cell.bytes.data(),
                                  cell.bytes.size(), nullptr);
            break;
    }
    return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    *id = static_cast<sqlite3_int64>(cursor_of(cursor).row);
    return SQLITE_OK;
}

sqlite3_module make_module() {
    sqlite3_module module{};
    module.xConnect = connect;
    module.xDisconnect = disconnect;
    module.xBestIndex = best_index;
    module.xOpen = open_cursor;
    module.xClose = close_cursor;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = at_end;
    module.xColumn = column;
    module.xRowid = row_id;
    return module;
}

}  // namespace

int SqliteRows::attach(sqlite3* handle) {
    static const sqlite3_module module = make_module();
    return sqlite3_create_module_v2(handle, "gatehouse_rows", &module, this, nullptr);
}

}  // namespace gatehouse::storage
