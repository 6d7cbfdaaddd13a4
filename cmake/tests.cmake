# One test program per module and one for integration; ctest runs them in parallel by program.
find_package(GTest REQUIRED)
function(gatehouse_test_program name)
    cmake_parse_arguments(ARG "" "DIR" "USES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${ARG_DIR}/*_test.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    foreach(used ${ARG_USES})
        target_link_libraries(${name} PRIVATE gatehouse_${used})
    endforeach()
    target_link_libraries(${name} PRIVATE gatehouse_options GTest::gtest GTest::gmock GTest::gtest_main)
    # What is tested is built as it is shipped; the tests themselves are not worth an optimizer's time, which is
    # most of a build's. (Hardening of libc calls needs it.)
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

foreach(module base catalog config crypto telemetry net tls http mcp policy oidc doctor)
    gatehouse_test_program(${module}_test DIR unit/${module} USES ${module})
endforeach()
foreach(module budget audit export attempts identity oauth grants runtimes proxy admin storage cli)
    gatehouse_test_program(${module}_test DIR unit/${module} USES ${module} storage)
endforeach()
# Whatever has a store runs once more with its stores on PostgreSQL (tests/support/open_store.h).
foreach(module budget audit identity oauth grants admin storage)
    if(TARGET ${module}_test)
        add_test(NAME ${module}_test_on_postgresql COMMAND ${module}_test --gtest_brief=1
            --gtest_filter=-Sqlite*:Postgres*)
        set_tests_properties(${module}_test_on_postgresql PROPERTIES
            TIMEOUT 300 ENVIRONMENT GATEHOUSE_TEST_STORE=postgresql)
    endif()
endforeach()
gatehouse_test_program(integration_test DIR integration USES app)

# Only where the tree itself is read: whatever knows its own place cannot share a compiler cache with another clone.
set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/unit/config/reference_test.cpp
    ${CMAKE_SOURCE_DIR}/tests/unit/cli/run_test.cpp
    ${CMAKE_SOURCE_DIR}/tests/unit/storage/backup_test.cpp
    PROPERTIES COMPILE_DEFINITIONS GATEHOUSE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
