# SPDX-License-Identifier: Apache-2.0
# libtessera, shared and static, for programs that embed the engine. Everything is compiled with hidden visibility, so the
# shared library exports what include/tessera.h marks with TESSERA_API, and nothing else (tests/e2e/library.py).
if(EXISTS ${CMAKE_SOURCE_DIR}/include/tessera.h AND EXISTS ${CMAKE_SOURCE_DIR}/core/command/api.c)
  set(tessera_objects "")
  foreach(part ${tessera_parts})
    list(APPEND tessera_objects $<TARGET_OBJECTS:${part}>)
  endforeach()

  add_library(tessera_shared SHARED ${tessera_objects})
  target_link_libraries(tessera_shared PRIVATE tessera_flags PkgConfig::LUA PkgConfig::SQLITE PkgConfig::UV PkgConfig::CJSON
                        PkgConfig::SODIUM PkgConfig::UTF8PROC PkgConfig::ZLIB Threads::Threads m)
  set_target_properties(tessera_shared PROPERTIES OUTPUT_NAME tessera LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

  add_library(tessera_static STATIC ${tessera_objects})
  set_target_properties(tessera_static PROPERTIES OUTPUT_NAME tessera LINKER_LANGUAGE C)
endif()
