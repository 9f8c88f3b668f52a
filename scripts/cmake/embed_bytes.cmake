# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=lang_files.c -DFOLDER=scripts/lang -P embed_bytes.cmake: writes the table ts_lang_files of
# core/rules/host.h.
file(GLOB files ${FOLDER}/*.lua)
list(SORT files)
set(text "/* Generated from scripts/lang. */\n#include \"rules/host.h\"\n")
set(table "")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND text "static const unsigned char lang_${name}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", lang_${name}, sizeof(lang_${name}) - 1},\n")
endforeach()
string(APPEND text "const struct ts_lang_file ts_lang_files[] = {\n${table}};\n")
string(APPEND text "const size_t ts_lang_files_n = sizeof ts_lang_files / sizeof ts_lang_files[0];\n")
file(WRITE ${OUTPUT} "${text}")
