# Script: writes OUTPUT, a C++ file with the built console of FOLDER; with an empty FOLDER there is none.
set(entries "")
set(count 0)
if(FOLDER)
    foreach(pair "index.html|/|text/html" "console.js|/console.js|text/javascript" "console.css|/console.css|text/css")
        string(REPLACE "|" ";" parts ${pair})
        list(GET parts 0 name)
        list(GET parts 1 path)
        list(GET parts 2 type)
        file(READ ${FOLDER}/${name} hex HEX)
        string(LENGTH "${hex}" digits)
        math(EXPR bytes "${digits} / 2")
        # As numbers: a string literal may not be as long as the console is.
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," content "${hex}")
        string(APPEND arrays "constexpr char kContent${count}[] = {${content}};\n")
        string(APPEND entries
            "    Asset{.path = \"${path}\", .type = \"${type}; charset=utf-8\", .content = {kContent${count}, ${bytes}}},\n")
        math(EXPR count "${count} + 1")
    endforeach()
endif()
file(WRITE ${OUTPUT}
"// SPDX-License-Identifier: Apache-2.0
#include <array>

#include \"admin/internal/console_assets.h\"

namespace gatehouse::admin {

namespace {

${arrays}
constexpr std::array<Asset, ${count}> kAssets{${entries}};

}  // namespace

std::span<const Asset> console_assets() {
    return kAssets;
}

}  // namespace gatehouse::admin
")
