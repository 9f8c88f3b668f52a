# SPDX-License-Identifier: Apache-2.0
# The test kit's module, build/PRESET/kit/tessera/engine.so, for `require "tessera.engine"`. It links the parts that need
# no store and no loop; lua_* stays undefined, because the interpreter that loads the module exports it (Debian's
# lua5.4 does), and nothing but luaopen_tessera_engine is exported.
file(GLOB kit_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/kit/*.c)
add_library(tessera_kit MODULE ${kit_sources})
target_link_libraries(tessera_kit PRIVATE tessera_flags)
set(kit_parts command engine rules identity member ledger score record base)
foreach(part ${kit_parts})
  target_link_libraries(tessera_kit PRIVATE $<TARGET_FILE:tessera_${part}>)
  add_dependencies(tessera_kit tessera_${part})
endforeach()
target_link_libraries(tessera_kit PRIVATE PkgConfig::CJSON PkgConfig::SODIUM PkgConfig::UTF8PROC Threads::Threads m)
target_include_directories(tessera_kit PRIVATE ${LUA_INCLUDE_DIRS})
target_link_options(tessera_kit PRIVATE -Wl,--exclude-libs,ALL)
set_target_properties(tessera_kit PROPERTIES PREFIX "" OUTPUT_NAME engine
                      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/kit/tessera)

# The Lua half stands beside it, so that `tessera test` finds both from the program. Installed, they are in the folders of
# Lua 5.4, which the program finds from its own.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/kit/tessera)
foreach(name test.lua test)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/scripts/kit/tessera/${name} ${CMAKE_BINARY_DIR}/kit/tessera/${name} SYMBOLIC)
endforeach()
set(kit_lua ${CMAKE_INSTALL_DATADIR}/lua/5.4)
set(kit_module ${CMAKE_INSTALL_LIBDIR}/lua/5.4)
file(RELATIVE_PATH kit_lua_from_program /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${kit_lua})
file(RELATIVE_PATH kit_module_from_program /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${kit_module})
set_source_files_properties(core/command/cmd_test.c PROPERTIES COMPILE_DEFINITIONS
  "TESSERA_KIT_LUA=\"${kit_lua_from_program}\";TESSERA_KIT_MODULE=\"${kit_module_from_program}\"")
install(TARGETS tessera_kit LIBRARY DESTINATION ${kit_module}/tessera)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scripts/kit/tessera/ DESTINATION ${kit_lua}/tessera)
