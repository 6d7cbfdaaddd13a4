# db/migrations/sqlite/NNNN_name.sql become part of the storage library: the binary needs no files.
set(migrations_folder ${CMAKE_SOURCE_DIR}/db/migrations/sqlite)
set(migrations_source ${CMAKE_BINARY_DIR}/generated/sqlite_migrations.cpp)
file(GLOB migrations CONFIGURE_DEPENDS ${migrations_folder}/*.sql)
add_custom_command(OUTPUT ${migrations_source}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${migrations_folder} -D OUTPUT=${migrations_source}
        -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    DEPENDS ${migrations} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
        ${CMAKE_SOURCE_DIR}/cmake/migrations.cmake
    VERBATIM)
target_sources(gatehouse_storage PRIVATE ${migrations_source})
