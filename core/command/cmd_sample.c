/* SPDX-License-Identifier: Apache-2.0 */
/* tessera sample: an invented brand's history on stdout. */
#include "command/out.h"
#include "command/sample.h"

enum ts_code ts_cmd_sample(struct ts_run *run)
{
    uint64_t members = 1000, seed = 1;
    enum ts_code code = ts_args_u64(run, "members", &members);
    if (code == TS_OK) code = ts_args_u64(run, "seed", &seed);
    if (code != TS_OK) return code;
    if (members > UINT32_MAX) return ts_fail(&run->error, TS_E_USAGE, "--members is at most %u", UINT32_MAX);
    code = ts_sample_write(run->out, (uint32_t)members, seed, &run->error);
    return code == TS_OK ? ts_run_flush(run) : code;
}
