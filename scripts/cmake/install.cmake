# SPDX-License-Identifier: Apache-2.0
# cmake --install build/release --prefix X: the program, the library with its header, the starter rules, the documents.
if(TARGET tessera)
  install(TARGETS tessera RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET tessera_shared)
  install(TARGETS tessera_shared tessera_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${CMAKE_SOURCE_DIR}/include/tessera.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  file(RELATIVE_PATH tessera_pc_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  configure_file(${CMAKE_SOURCE_DIR}/scripts/cmake/tessera.pc.in ${CMAKE_BINARY_DIR}/generated/tessera.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/generated/tessera.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/rules/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/rules)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/library/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/library)
install(FILES ${CMAKE_SOURCE_DIR}/scripts/luacheck_std.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera)
# The links of README.md lead into docs/ here as they do in the tree.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md")
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
