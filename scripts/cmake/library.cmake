# SPDX-License-Identifier: Apache-2.0
# libtessera, shared and static: all parts but the command line, for programs that embed the engine. Everything is
# compiled with hidden visibility, so the shared library exports what include/tessera.h marks with TESSERA_API, and
# nothing else. There is nothing to build before core/embed implements that header.
if(TARGET tessera_embed AND EXISTS ${CMAKE_SOURCE_DIR}/include/tessera.h)
  set(tessera_objects "")
  foreach(part ${tessera_library_parts})
    list(APPEND tessera_objects $<TARGET_OBJECTS:${part}>)
  endforeach()
  set(tessera_needs PkgConfig::LUA PkgConfig::SQLITE PkgConfig::UV PkgConfig::SODIUM PkgConfig::UTF8PROC
      Threads::Threads m)

  add_library(tessera_shared SHARED ${tessera_objects})
  target_link_libraries(tessera_shared PRIVATE tessera_flags ${tessera_needs})
  set_target_properties(tessera_shared PROPERTIES OUTPUT_NAME tessera LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

  add_library(tessera_static STATIC ${tessera_objects})
  set_target_properties(tessera_static PROPERTIES OUTPUT_NAME tessera LINKER_LANGUAGE C)
endif()
