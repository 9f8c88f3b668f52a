/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as JSON, with and without limits. What both accept must be written the same, the canonical form
 * must be accepted again, and writing that changes nothing. */
#include "base/json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_canonical(const struct ts_json *j)
{
    struct ts_json again;
    struct ts_buf first, second;
    ts_json_init(&again);
    ts_buf_init(&first, 0);
    ts_buf_init(&second, 0);
    ts_json_write(j, ts_json_root(j), &first);
    if (first.failed) abort();
    if (ts_json_parse(&again, (const char *)first.data, first.len, true) != TS_OK) abort();
    ts_json_write(&again, ts_json_root(&again), &second);
    if (second.failed || first.len != second.len || memcmp(first.data, second.data, first.len) != 0) abort();
    ts_buf_release(&first);
    ts_buf_release(&second);
    ts_json_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_json loose, strict;
    ts_json_init(&loose);
    ts_json_init(&strict);
    enum ts_code a = ts_json_parse(&loose, (const char *)data, size, false);
    enum ts_code b = ts_json_parse(&strict, (const char *)data, size, true);
    if (b == TS_OK && a != TS_OK) abort(); /* limits only refuse more */
    if (a == TS_E_SYNTAX && b == TS_OK) abort();
    if (a != TS_OK && loose.fault == TS_JSON_FINE) abort();
    if (a != TS_OK && loose.fault_offset > size) abort();
    if (b == TS_OK) check_canonical(&strict);
    ts_json_release(&loose);
    ts_json_release(&strict);
    return 0;
}
