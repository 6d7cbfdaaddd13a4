# db/migrations/{sqlite,postgresql}/NNNN_name.sql become part of the storage library: the binary needs no files.
set(migrations_source ${CMAKE_BINARY_DIR}/generated/migrations.cpp)
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/migrations/*/*.sql)
add_custom_command(OUTPUT ${migrations_source}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${CMAKE_SOURCE_DIR}/db/migrations -D OUTPUT=${migrations_source}
        -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    DEPENDS ${migrations} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
        ${CMAKE_SOURCE_DIR}/cmake/migrations.cmake
    VERBATIM)
target_sources(gatehouse_storage PRIVATE ${migrations_source})
