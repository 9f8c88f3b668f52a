# SPDX-License-Identifier: Apache-2.0
# Puts the words of the rules language (scripts/lang/*.lua) into the rules library as bytes, so that the program needs
# no files of its own at run time. Included by the top CMakeLists.txt after the parts are defined.
if(TARGET tessera_rules)
  file(GLOB lang_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scripts/lang/*.lua)
  set(lang_source ${CMAKE_BINARY_DIR}/generated/lang_files.c)
  set(lang_script ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_bytes.cmake)
  add_custom_command(
    OUTPUT ${lang_source}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${lang_source} -DFOLDER=${CMAKE_SOURCE_DIR}/scripts/lang -P ${lang_script}
    DEPENDS ${lang_files} ${lang_script}
    COMMENT "Embedding scripts/lang"
    VERBATIM)
  target_sources(tessera_rules PRIVATE ${lang_source})
endif()
