/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of record: how its files word a fault. Not for other parts. */
#ifndef TS_RECORD_FAULT_H
#define TS_RECORD_FAULT_H

#include "record/record.h"

/* Fill `fault` (may be NULL) and return false, so that `return ts_fault_set(...)` reads well. Text that does not fit
 * is cut between characters. */
bool ts_fault_set(struct ts_fault *fault, enum ts_reason reason, const char *field, const char *fmt, ...)
    TS_PRINTF(4, 5);

/* No memory: reason TS_REASON_NONE. It says nothing about the line, so it must never reach the quarantine. */
bool ts_fault_memory(struct ts_fault *fault);

/* What a value is, for a message: `the text "abc"`, `the number 12.5`, `a list`, `nothing`. */
#define TS_DESCRIBE_BYTES 80
const char *ts_node_describe(const struct ts_json_node *n, char out[static TS_DESCRIBE_BYTES]);

#endif
