# SPDX-License-Identifier: Apache-2.0
# Puts the words of the rules language (scripts/lang/*.lua) into the rules library as bytecode, so that the program needs
# no files of its own at run time and compiles none. Included by the top CMakeLists.txt after the parts are defined.
if(TARGET tessera_rules)
  file(GLOB lang_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scripts/lang/*.lua)
  set(lang_source ${CMAKE_BINARY_DIR}/generated/lang_files.c)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
  add_executable(embed_bytes ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_bytes.c)
  target_link_libraries(embed_bytes PRIVATE PkgConfig::LUA)
  add_custom_command(
    OUTPUT ${lang_source}
    COMMAND embed_bytes ${lang_source} ${lang_files}
    DEPENDS ${lang_files} embed_bytes
    COMMENT "Embedding scripts/lang"
    VERBATIM)
  target_sources(tessera_rules PRIVATE ${lang_source})
endif()
