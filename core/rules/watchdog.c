/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a rule that does not end. A standing count hook would cost 40 to 100 % of every call, so there is none: a
 * thread looks every two milliseconds at which call is running. One that it has seen for TS_LIMIT_CALL_MS gets a
 * signal, whose handler sets the hook (as lua.c does on Ctrl-C); from there the counted budget runs out. In tests and
 * while loading the hook is set from the first instruction and neither thread nor clock has a say.
 *
 *   call       odd while a call runs; +1 on entry, +1 on exit (the calling thread writes)
 *   late       the call to arm: the handler does nothing if that one is over (the watchdog writes)
 *   expired    the call that had its time twice more: its next hook ends it, whatever is left of the count
 *   parked     the watchdog sleeps without a timeout, because nothing ran for a while; the next entry wakes it */
#include "rules/host.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

#define HOOK_STEPS 100 /* instructions between two looks; few, since one instruction may compare long strings */
#define POLL_MS 2
#define POLLS_LATE (TS_LIMIT_CALL_MS / POLL_MS)
#define POLLS_EXPIRED (3 * POLLS_LATE)
#define POLLS_IDLE 50      /* then it parks: an idle server has no wake-ups from here */
#define LANG_DISCOUNT 20   /* for instructions of the embedded language while loading */
#define ARGUMENTS_MAX 1000 /* a vararg call copies them all in one instruction */
#define WATCH_SIGNAL (SIGRTMIN + 7)

struct ts_watchdog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool closing; /* under lock */
    _Atomic uint64_t call, late, expired;
    atomic_bool parked;
    _Atomic pid_t tid; /* the thread that calls */
    pthread_t caller;  /* the same; the calling thread's own */
    bool has_caller;
};

/* The rule set that this thread is inside of, for the signal handler, which can be told nothing else. */
static _Thread_local struct ts_rules *volatile entered;

/* ---- the hook ------------------------------------------------------------------------------------------------- */

_Noreturn void ts_host_kill(lua_State *L, const char *why)
{
    struct ts_host_guard *g = &ts_host_of(L)->guard;
    g->killed = true;
    if (!g->killed_why) g->killed_why = why;
    lua_pushlightuserdata(L, g); /* needs no memory; nobody reads it */
    lua_error(L);
    __builtin_unreachable();
}

static bool is_expired(struct ts_watchdog *w)
{
    return w && atomic_load_explicit(&w->expired, memory_order_relaxed) ==
                    atomic_load_explicit(&w->call, memory_order_relaxed);
}

void ts_host_spend(lua_State *L, struct ts_rules *r, uint64_t steps)
{
    struct ts_host_guard *g = &r->guard;
    if (g->killed) ts_host_kill(L, "steps");
    if (is_expired(r->watchdog)) ts_host_kill(L, "time");
    if (g->steps_left <= 0 || (uint64_t)g->steps_left <= steps) ts_host_kill(L, "steps");
    g->steps_left -= (int64_t)steps;
}

/* A call f(1, ...) that hands on what it got copies ever more in one instruction. Two levels, so that a helper which is
 * on top whenever the hook looks does not hide it. */
static bool has_many_arguments(lua_State *L)
{
    lua_Debug ar;
    for (int level = 0; level < 2 && lua_getstack(L, level, &ar); level++) {
        if (lua_getlocal(L, &ar, -ARGUMENTS_MAX)) {
            lua_pop(L, 1);
            return true;
        }
    }
    return false;
}

/* What the instructions since the last look cost. */
static uint64_t count_cost(lua_State *L, struct ts_rules *r, lua_Debug *ar)
{
    if (!r->loading) {
        /* Any of them may have compared the longest strings there are: 1 KB for the price of one. */
        return HOOK_STEPS * (1 + r->guard.string_max / 1024);
    }
    /* The words of the language do most of the work of reading a long file, and what they do is bounded by the file. */
    bool known = lua_getinfo(L, "Sl", ar), is_word = known && strncmp(ar->source, "=lang/", 6) == 0;
    if (known && *ar->source == '@' && ar->currentline > 0) r->guard.line_seen = (uint32_t)ar->currentline;
    return is_word ? HOOK_STEPS / LANG_DISCOUNT : HOOK_STEPS;
}

static void on_count(lua_State *L, lua_Debug *ar)
{
    struct ts_rules *r = ts_host_of(L);
    if (ar->event == LUA_HOOKLINE) {
        ts_coverage_ran(L, r, ar);
        return;
    }
    if (!r->loading && has_many_arguments(L)) ts_host_kill(L, "arguments");
    ts_host_spend(L, r, count_cost(L, r, ar));
}

static void arm(struct ts_rules *r)
{
    r->guard.armed = 1;
    lua_sethook(r->L, on_count, LUA_MASKCOUNT | (r->options.coverage ? LUA_MASKLINE : 0), HOOK_STEPS);
}

/* Only what is safe in a handler: a thread-local, atomics of this thread's own rule set, and lua_sethook. */
static void on_signal(int number)
{
    TS_UNUSED(number);
    struct ts_rules *r = entered;
    if (!r) return;
    struct ts_watchdog *w = r->watchdog;
    uint64_t call = atomic_load_explicit(&w->call, memory_order_relaxed);
    if ((call & 1) && atomic_load_explicit(&w->late, memory_order_relaxed) == call) arm(r);
}

/* ---- the thread ----------------------------------------------------------------------------------------------- */

static void wait_poll(struct ts_watchdog *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

static void park(struct ts_watchdog *w, uint64_t seen)
{
    /* Sequentially consistent on both sides: either we see the new call, or the entry sees that we are parked. */
    atomic_store(&w->parked, true);
    if (atomic_load(&w->call) != seen) atomic_store(&w->parked, false);
    while (atomic_load(&w->parked) && !w->closing)
        pthread_cond_wait(&w->wake, &w->lock);
    atomic_store(&w->parked, false);
}

static void *watch_main(void *arg)
{
    struct ts_watchdog *w = arg;
    uint64_t seen = 0;
    unsigned polls = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->closing) {
        uint64_t call = atomic_load(&w->call);
        polls = call == seen ? polls + 1 : 0;
        seen = call;
        if (!(call & 1)) {
            if (polls >= POLLS_IDLE) {
                park(w, seen);
                polls = 0;
                continue;
            }
        } else if (polls >= POLLS_LATE && polls % POLLS_LATE == 0) {
            if (polls >= POLLS_EXPIRED) atomic_store(&w->expired, call);
            atomic_store(&w->late, call);
            /* Not pthread_kill: the thread may be gone by now, and a number that is nobody's is harmless here. */
            syscall(SYS_tgkill, getpid(), atomic_load(&w->tid), WATCH_SIGNAL);
        }
        wait_poll(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static bool watchdog_init(struct ts_watchdog *w)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&w->lock, NULL) != 0) return false;
    if (pthread_condattr_init(&attr) != 0) {
        pthread_mutex_destroy(&w->lock);
        return false;
    }
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool ok = pthread_cond_init(&w->wake, &attr) == 0;
    pthread_condattr_destroy(&attr);
    if (!ok) pthread_mutex_destroy(&w->lock);
    return ok;
}

/* NULL when the machine has no thread to give: then calls are counted from their start, which is slower and as safe. */
static struct ts_watchdog *watchdog_start(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(WATCH_SIGNAL, &action, NULL) != 0) return NULL;
    struct ts_watchdog *w = ts_calloc(1, sizeof *w);
    if (!w) return NULL;
    if (!watchdog_init(w)) {
        ts_free(w);
        return NULL;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's signals are not for this thread */
    bool ok = pthread_create(&w->thread, NULL, watch_main, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok) return w;
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    ts_free(w);
    return NULL;
}

void ts_watchdog_close(struct ts_watchdog *w)
{
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    ts_free(w);
}

/* ---- entry and exit ------------------------------------------------------------------------------------------- */

static void adopt_caller(struct ts_watchdog *w)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, WATCH_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    atomic_store(&w->tid, (pid_t)syscall(SYS_gettid));
    w->caller = pthread_self();
    w->has_caller = true;
}

static void wake(struct ts_watchdog *w)
{
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->parked, false);
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static bool watch(struct ts_rules *r)
{
    struct ts_watchdog *w = r->watchdog;
    if (!w && !(w = r->watchdog = watchdog_start())) return false;
    if (!w->has_caller || !pthread_equal(w->caller, pthread_self())) adopt_caller(w);
    entered = r;
    atomic_signal_fence(memory_order_seq_cst);
    atomic_fetch_add(&w->call, 1);
    if (atomic_load(&w->parked)) wake(w);
    return true;
}

void ts_watchdog_enter(struct ts_rules *r)
{
    struct ts_host_guard *g = &r->guard;
    g->killed = g->exhausted = false;
    g->killed_why = NULL;
    g->line_seen = 0;
    if (r->loading) {
        g->steps_left = TS_HOST_LOAD_STEPS;
    } else {
        g->string_max = g->string_max_loaded;
        g->steps_left = r->options.steps_max ? r->options.steps_max : TS_LIMIT_CALL_STEPS;
    }
    if (r->loading || r->options.count_from_start || !watch(r)) arm(r);
}

void ts_watchdog_leave(struct ts_rules *r)
{
    if (entered == r) {
        entered = NULL;
        atomic_signal_fence(memory_order_seq_cst);
        atomic_fetch_add_explicit(&r->watchdog->call, 1, memory_order_release);
    }
    if (r->guard.armed) {
        r->guard.armed = 0;
        lua_sethook(r->L, NULL, 0, 0);
    }
}
