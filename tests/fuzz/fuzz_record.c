/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a line. Looks for crashes, and for faults without a reason or a message.
 * The first byte chooses between live and history; the rest is the line. */
#include "record/record.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct ts_record *r, const struct ts_identifier_kind *kinds, struct ts_arena *arena)
{
    for (uint32_t i = 0; i < r->n_identifiers; i++) {
        struct ts_str value = r->identifiers[i].value, again;
        if (!ts_normalize_value(&kinds[r->identifiers[i].kind], value, arena, &again)) abort();
        if (!ts_str_eq(value, again)) abort();
    }
    if (r->kind < TS_RECORD_REDEEM && r->n_identifiers == 0) abort();
    if (r->has_timestamp && (r->timestamp < TS_MS_MIN || r->timestamp > TS_MS_MAX)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    uint32_t n;
    const struct ts_identifier_kind *kinds = ts_identifier_defaults(&n);
    struct ts_parser parser;
    struct ts_record record;
    struct ts_fault fault = {0};
    ts_parser_init(&parser);
    struct ts_str line = ts_str((const char *)data + 1, size - 1);
    if (ts_record_parse(&parser, line, kinds, n, INT64_C(1768442400000), data[0] & 1, &record, &fault))
        check_record(&record, kinds, &parser.arena);
    else if (fault.reason == TS_REASON_NONE || !fault.message[0] ||
             !ts_utf8_valid(fault.message, strlen(fault.message)))
        abort();
    ts_parser_release(&parser);
    return 0;
}
