# SPDX-License-Identifier: Apache-2.0
# Targets for a person at work: `format` rewrites, `format-check` and `clang-tidy` report. scripts/test runs the same.
find_program(CLANG_FORMAT clang-format)
if(CLANG_FORMAT)
  file(GLOB_RECURSE tessera_c_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/*.[ch]
       ${CMAKE_SOURCE_DIR}/include/*.h ${CMAKE_SOURCE_DIR}/tests/*.[ch])
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${tessera_c_files} VERBATIM)
  add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run -Werror ${tessera_c_files} VERBATIM)
endif()
find_program(RUN_CLANG_TIDY run-clang-tidy)
if(RUN_CLANG_TIDY)
  add_custom_target(clang-tidy COMMAND ${RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/core/
                    USES_TERMINAL VERBATIM)
endif()
