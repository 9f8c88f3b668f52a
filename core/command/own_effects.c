/* SPDX-License-Identifier: Apache-2.0 */
/* Which effects of a row are a member's. Apart from timeline.c because it needs the engine alone: the test kit shows the same without a
 * store. */
#include "command/timeline.h"

enum ts_code ts_member_numbers(struct ts_engine *e, uint64_t member, uint64_t **ret, uint32_t *ret_n,
                               struct ts_error *err)
{
    struct ts_member_view view;
    enum ts_code code = ts_member_view_open(e, member, &view, err);
    if (code != TS_OK) return code;
    uint64_t *numbers = ts_alloc((view.member.n + 1) * sizeof *numbers);
    for (uint32_t i = 0; numbers && i < view.member.n; i++)
        numbers[i] = view.member.profiles[i]->number;
    *ret = numbers;
    *ret_n = view.member.n;
    ts_member_view_close(&view);
    return numbers ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory");
}

static bool is_mine(const struct ts_own_effects *o, uint64_t number)
{
    for (uint32_t i = 0; i < o->n; i++)
        if (o->numbers[i] == number) return true;
    return false;
}

bool ts_own_effects_open(struct ts_own_effects *o, const struct ts_row *row, const uint64_t *numbers, uint32_t n)
{
    *o = (struct ts_own_effects){.numbers = numbers, .n = n};
    o->mine = row->profile == 0 ? false : is_mine(o, row->profile);
    return ts_outcome_open(&o->outcome, (const uint8_t *)row->outcome.ptr, row->outcome.len);
}

bool ts_own_effects_next(struct ts_own_effects *o, struct ts_effect *ret)
{
    while (ts_outcome_next(&o->outcome, ret)) {
        if (ret->op == TS_FX_SUBJECT) o->mine = is_mine(o, ret->profile);
        if (o->mine) return true;
    }
    return false;
}
