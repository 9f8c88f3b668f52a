/* SPDX-License-Identifier: Apache-2.0 */
/* Frozen tables seen from C. How a table is frozen is scripts/lang/freeze.lua; the sandbox's helpers that look inside
 * tables (pairs, next, table.unpack) go through here. */
#include "rules/host.h"

void ts_host_thaw(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TTABLE && lua_getmetatable(L, index)) {
        lua_pushliteral(L, "__frozen");
        if (lua_rawget(L, -2) == LUA_TTABLE) {
            lua_remove(L, -2);
            return;
        }
        lua_pop(L, 2);
    }
    lua_pushvalue(L, index);
}
