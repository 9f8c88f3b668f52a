/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_model --operations N --seed S [--json]: N random operations on the ledger and on a naive model of it, compared
 * after each step. The last line on stdout is JSON; without --json the mix of operations goes to stderr before it. */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define FULL_EVERY 10000
#define MIX_FROM 10000 /* fewer operations say nothing about shares */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double share(uint64_t part, uint64_t whole) { return whole ? 100.0 * (double)part / (double)whole : 0; }

static void print_mix(const struct model *m, double took)
{
    fprintf(stderr, "%-14s %10s %10s %8s %8s\n", "operation", "tried", "accepted", "of all", "of tried");
    for (int o = 0; o < MODEL_OPERATION_COUNT; o++) {
        const struct model_count *c = &m->counts[o];
        fprintf(stderr, "%-14s %10" PRIu64 " %10" PRIu64 " %7.2f%% %7.2f%%\n", model_operation_name(o), c->tried,
                c->accepted, share(c->accepted, m->operations), share(c->accepted, c->tried));
    }
    fprintf(stderr, "%" PRIu64 " operations, %" PRIu64 " transactions, %zu lots at the end, %.1f s\n", m->operations,
            m->naive.transactions, m->naive.n_lots, took);
}

static void print_json(const struct model *m, bool ok)
{
    printf("{\"ok\":%s,\"seed\":%" PRIu64 ",\"operations\":%" PRIu64 ",\"transactions\":%" PRIu64
           ",\"entries\":%" PRIu64 ",\"lots\":%zu,\"head\":\"",
           ok ? "true" : "false", m->seed, m->operations, m->ledger.transactions, m->ledger.entries, m->naive.n_lots);
    for (int i = 0; i < 32; i++)
        printf("%02x", m->ledger.head[i]);
    printf("\",\"mix\":{");
    for (int o = 0; o < MODEL_OPERATION_COUNT; o++)
        printf("%s\"%s\":{\"tried\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"percent\":%.2f}", o ? "," : "",
               model_operation_name(o), m->counts[o].tried, m->counts[o].accepted,
               share(m->counts[o].accepted, m->operations));
    printf("}}\n");
}

/* An operation that hardly ever succeeds is not tested: its accepted ones are at least 1 % of all. */
static bool mix_is_good(const struct model *m)
{
    bool good = true;
    for (int o = 0; o < MODEL_OPERATION_COUNT; o++) {
        if (m->operations < MIX_FROM || m->counts[o].accepted * 100 >= m->operations) continue;
        fprintf(stderr, "seed %" PRIu64 ": under 1 %% of the operations are an accepted %s\n", m->seed,
                model_operation_name(o));
        good = false;
    }
    return good;
}

static bool run(struct model *m)
{
    const double from = seconds();
    while (m->step < m->operations) {
        model_step(m);
        if (m->step % FULL_EVERY == 0) model_compare_all(m);
    }
    model_compare_all(m);
    if (!m->json) print_mix(m, seconds() - from);
    const bool ok = mix_is_good(m);
    print_json(m, ok);
    return ok;
}

static bool number(const char *text, uint64_t *ret)
{
    char *end;
    *ret = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0;
}

int main(int argc, char **argv)
{
    static struct model m;
    uint64_t operations = 100000, seed = 1;
    bool json = false, usage = false;
    for (int i = 1; i < argc && !usage; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--operations") == 0 && i + 1 < argc)
            usage = !number(argv[++i], &operations);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            usage = !number(argv[++i], &seed);
        else
            usage = true;
    }
    if (usage) {
        fprintf(stderr, "usage: ledger_model [--operations N] [--seed S] [--json]\n");
        return 2;
    }
    model_init(&m, seed, operations);
    m.json = json;
    const bool ok = run(&m);
    model_release(&m);
    return ok ? 0 : 1;
}
