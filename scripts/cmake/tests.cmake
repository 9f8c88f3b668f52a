# SPDX-License-Identifier: Apache-2.0
# Tests. tests/unit/PART/test_X.c becomes the program test_PART_X, which links PART; ctest runs them in any order and at
# the same time. Those in which threads meet have the label `thread`: target thread_tests, ctest -L thread.
if(TESSERA_TESTS STREQUAL "AUTO")
  pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
elseif(TESSERA_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

if(TESSERA_TESTS AND TARGET PkgConfig::CMOCKA)
  enable_testing()
  add_custom_target(thread_tests)
  file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c)
  foreach(source ${unit_tests})
    get_filename_component(folder ${source} DIRECTORY)
    get_filename_component(part ${folder} NAME)
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE "test_" "test_${part}_" target ${name})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE tessera_${part} PkgConfig::CMOCKA)
    target_compile_definitions(${target} PRIVATE TESSERA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES TIMEOUT 600)
    if(target MATCHES "^test_rules_attacks$") # measures time, so nothing may run beside it
      set_tests_properties(${target} PROPERTIES RUN_SERIAL ON)
    endif()
    if(target MATCHES "^test_(store_|rules_(attacks|call)$)") # the store's two writers; the watchdog of rules
      set_tests_properties(${target} PROPERTIES LABELS thread)
      add_dependencies(thread_tests ${target})
    endif()
  endforeach()
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/model_support/CMakeLists.txt)
    add_subdirectory(${CMAKE_SOURCE_DIR}/tests/model_support ${CMAKE_BINARY_DIR}/tests/model_support)
  endif()
endif()

# tests/fuzz/fuzz_X.c becomes the program fuzz_X: build/fuzz/fuzz_json -max_total_time=60
if(TESSERA_FUZZ)
  file(GLOB fuzz_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
  foreach(source ${fuzz_tests})
    get_filename_component(target ${source} NAME_WE)
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE tessera_record)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()

# tests/bench/cost.c: what declared rules cost. Built and run by tests/bench/cost.
add_executable(bench_cost EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/bench/cost.c)
target_link_libraries(bench_cost PRIVATE tessera_engine)
