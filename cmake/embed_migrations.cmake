# Script: writes OUTPUT, a C++ file with the migrations of FOLDER/{sqlite,postgresql} (NNNN_name.sql) by version.
function(embed ENGINE ARRAY)
    file(GLOB files ${FOLDER}/${ENGINE}/*.sql)
    list(SORT files)
    set(entries "")
    set(count 0)
    set(last 0)
    foreach(file ${files})
        get_filename_component(stem ${file} NAME_WE)
        if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
            message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql")
        endif()
        set(digits ${CMAKE_MATCH_1})
        set(name ${CMAKE_MATCH_2})
        string(REGEX REPLACE "^0+" "" version ${digits})
        if(NOT version GREATER last)
            message(FATAL_ERROR "${file}: migration ${digits} is there twice")
        endif()
        set(last ${version})
        file(READ ${file} sql)
        string(APPEND entries
            "    Migration{.version = ${version}, .name = \"${name}\", .sql = R\"~sql~(${sql})~sql~\"},\n")
        math(EXPR count "${count} + 1")
    endforeach()
    set(source "constexpr std::array<Migration, ${count}> ${ARRAY}{\n${entries}};\n" PARENT_SCOPE)
endfunction()

embed(sqlite kSqlite)
set(sqlite "${source}")
embed(postgresql kPostgresOnly)
set(postgresql "${source}")
file(WRITE ${OUTPUT}
"// SPDX-License-Identifier: Apache-2.0
#include <array>

#include \"storage/internal/migrations.h\"

namespace gatehouse::storage {

namespace {

${sqlite}
${postgresql}
}  // namespace

std::span<const Migration> sqlite_migrations() {
    return kSqlite;
}

std::span<const Migration> postgres_only_migrations() {
    return kPostgresOnly;
}

}  // namespace gatehouse::storage
")
