# One interface target with the warnings and hardening that all of our code is built with.
add_library(gatehouse_options INTERFACE)
target_compile_options(gatehouse_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wold-style-cast -Wcast-align -Wformat=2 -Wundef -Wextra-semi
    -Wdouble-promotion -Wimplicit-fallthrough -Wthread-safety -Wcomma
    -Winconsistent-missing-override -Wno-missing-field-initializers
    -fstack-protector-strong -fstack-clash-protection -fcf-protection
    -ftrivial-auto-var-init=zero)
target_compile_definitions(gatehouse_options INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(gatehouse_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_link_options(gatehouse_options INTERFACE -fuse-ld=lld -pie -Wl,-z,relro,-z,now)

if(GATEHOUSE_SANITIZE)
    target_compile_options(gatehouse_options INTERFACE
        -fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(gatehouse_options INTERFACE -fsanitize=${GATEHOUSE_SANITIZE})
else()
    target_compile_definitions(gatehouse_options INTERFACE
        $<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=3>)
endif()
if(GATEHOUSE_FUZZ)
    target_compile_options(gatehouse_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(GATEHOUSE_COVERAGE)
    target_compile_options(gatehouse_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(gatehouse_options INTERFACE -fprofile-instr-generate)
endif()
