/* SPDX-License-Identifier: Apache-2.0 */
/* What a person of the sample does: visits by this channel or that, each a short run of steps, with longer and shorter
 * gaps between them; reviews and refunds some days after an order; long silences; and how the brand comes to know him
 * step by step: a cookie or a phone first, then a mail address, then an account, then the second device. */
#include "command/sample_parts.h"

#define MINUTE_MS INT64_C(60000)
#define MEAN_GAP_DAYS 54 /* between the visits of a person of average habits; chosen for about 30 lines a member */

/* The steps of a visit, in the order in which they are taken. */
enum step {
    STEP_OPEN = 1 << 0,
    STEP_SCAN = 1 << 1,
    STEP_LOGIN = 1 << 2,
    STEP_VIEW = 1 << 3,
    STEP_SHARE = 1 << 4,
    STEP_ADD = 1 << 5,
    STEP_SIGN_UP = 1 << 6,
    STEP_REGISTER = 1 << 7,
    STEP_ALIAS = 1 << 8,
    STEP_GROUP = 1 << 9,
    STEP_MOVE = 1 << 10,
    STEP_ORDER = 1 << 11,
};
enum later { LATER_REVIEW, LATER_REFUND_ALL, LATER_REFUND_LINES, LATER_REFUND_GESTURE };

static ts_ms seconds(struct ts_rng *rng, uint64_t from, uint64_t to) /* with milliseconds */
{
    return (ts_ms)(from * 1000 + ts_rng_below(rng, (to - from) * 1000));
}

/* ---- when ---------------------------------------------------------------------------------------------------------- */

static uint8_t draw_channel(struct ts_sample_person *p)
{
    uint64_t x = ts_rng_below(&p->rng, 100);
    if (x < 68) return p->habit;
    return x < 78 ? TS_SAMPLE_WEB : x < 85 ? TS_SAMPLE_APP : x < 93 ? TS_SAMPLE_WECHAT : TS_SAMPLE_TILL;
}

static void set_next(struct ts_sample_person *p) { p->next = p->visit_at < p->later_at ? p->visit_at : p->later_at; }

static void plan_visit(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    p->coming = draw_channel(p);
    p->visit_at = ts_sample_calendar_at(a->calendar, p->busy, p->coming == TS_SAMPLE_TILL);
    if (p->visit_at != TS_NEVER) p->visit_at += (ts_ms)ts_rng_below(&p->rng, 1000);
}

/* After a visit: some never come again, some fall silent for a year, the others come when they come. */
static void plan_next_visit(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    uint64_t x = ts_rng_below(&p->rng, 1000);
    uint64_t lost = p->loyal ? 6 : 55, silent = p->loyal ? 14 : 45;
    p->visit_at = TS_NEVER;
    if (x < lost) return;
    p->busy += (ts_sample_exponential(&p->rng) * p->gap >> 16) + TS_SAMPLE_ORDINARY_DAY / 8;
    if (x < lost + silent) p->busy += (280 + ts_rng_below(&p->rng, 150)) * TS_SAMPLE_ORDINARY_DAY;
    plan_visit(a);
    ts_ms soonest = a->now + 40 * MINUTE_MS;
    if (p->visit_at < soonest) p->visit_at = soonest + seconds(&p->rng, 0, 600);
}

void ts_sample_person_begin(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    memset(p, 0, sizeof *p);
    p->rng.state = ~a->key;
    /* Few buy much, many little: the product of two exponentials (mean 1, variance 3). */
    uint64_t eager = ts_sample_exponential(&p->rng) * ts_sample_exponential(&p->rng) >> 16;
    const uint64_t one = 65536;
    if (eager < one / 24) eager = one / 24;
    if (eager > one * 16) eager = one * 16;
    p->gap = ((uint64_t)MEAN_GAP_DAYS * TS_SAMPLE_ORDINARY_DAY << 16) / eager;
    p->loyal = eager > one;
    uint64_t x = ts_rng_below(&p->rng, 100);
    p->habit = x < 38 ? TS_SAMPLE_WEB : x < 60 ? TS_SAMPLE_APP : x < 80 ? TS_SAMPLE_WECHAT : TS_SAMPLE_TILL;
    p->city = ts_sample_home(a->key);
    p->later_at = TS_NEVER;
    bool old_customer = ts_sample_chance(&p->rng, 380);
    p->busy = ts_rng_below(&p->rng, ts_sample_calendar_busy(a->calendar, old_customer ? 75 : TS_SAMPLE_DAYS));
    plan_visit(a);
    set_next(p);
}

/* ---- a visit --------------------------------------------------------------------------------------------------------- */

/* A shop of the person's own city, if it has one. */
static uint8_t draw_place(struct ts_sample_person *p)
{
    uint32_t n = ts_sample_brand.n_places, from = (uint32_t)ts_rng_below(&p->rng, n);
    bool at_home = ts_sample_chance(&p->rng, 850);
    for (uint32_t i = 0; at_home && i < n; i++) {
        uint32_t place = (from + i) % n;
        if (strcmp(ts_sample_brand.places[place].city, ts_sample_brand.cities[p->city]) == 0) return (uint8_t)place;
    }
    return (uint8_t)from;
}

static uint8_t draw_device(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    if (p->channel == TS_SAMPLE_APP) return TS_SAMPLE_DEVICE_APP;
    if (p->channel == TS_SAMPLE_WECHAT) return TS_SAMPLE_OPENID;
    bool two = a->key % 100 < 42;
    return two && ts_sample_chance(&p->rng, 400) ? TS_SAMPLE_PHONE_BROWSER : TS_SAMPLE_BROWSER;
}

static void plan_register(struct ts_sample_person *p, uint32_t per_mille)
{
    if (p->registered || !ts_sample_chance(&p->rng, per_mille)) return;
    p->planned |= STEP_REGISTER;
    if (p->channel != TS_SAMPLE_TILL && ts_sample_chance(&p->rng, 100)) p->planned |= STEP_ALIAS;
    if (ts_sample_chance(&p->rng, 60)) p->planned |= STEP_GROUP;
}

static void plan_till(struct ts_sample_person *p)
{
    p->planned = 0;
    if (ts_sample_chance(&p->rng, 300)) p->planned |= STEP_SCAN;
    plan_register(p, 130);
    if (p->planned == 0 || ts_sample_chance(&p->rng, 930)) p->planned |= STEP_ORDER;
}

static void plan_online(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    bool logged_in = p->registered && (p->logged_in >> p->device & 1);
    bool sale = ts_sample_calendar_sale(a->calendar, a->now);
    bool buys = ts_sample_chance(&p->rng, sale ? 400 : 250);
    p->planned = STEP_OPEN;
    if (p->channel == TS_SAMPLE_WECHAT && ts_sample_chance(&p->rng, 160)) p->planned |= STEP_SCAN;
    if (p->registered && !logged_in && ts_sample_chance(&p->rng, 650)) p->planned |= STEP_LOGIN;
    p->views = (uint8_t)(ts_rng_below(&p->rng, 4) + (buys ? 1 : 0));
    if (p->views) p->planned |= STEP_VIEW;
    if (ts_sample_chance(&p->rng, 50)) p->planned |= STEP_SHARE;
    p->adds = (uint8_t)(buys || ts_sample_chance(&p->rng, 110) ? 1 + ts_rng_below(&p->rng, 2) : 0);
    if (p->adds) p->planned |= STEP_ADD;
    if (!(p->given & TS_SAMPLE_EMAIL) && ts_sample_has_email(a->key) && ts_sample_chance(&p->rng, 70)) {
        p->planned |= STEP_SIGN_UP;
    }
    plan_register(p, (p->channel == TS_SAMPLE_APP ? 350u : 90u) + (buys ? 250u : 0u));
    if (logged_in && ts_sample_chance(&p->rng, 12)) p->planned |= STEP_MOVE;
    if (buys) p->planned |= STEP_ORDER;
}

static void begin_visit(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    p->channel = p->coming;
    p->device = draw_device(a);
    p->place = draw_place(p);
    if (p->channel == TS_SAMPLE_TILL)
        plan_till(p);
    else
        plan_online(a);
}

static struct ts_sample_order next_order(const struct ts_sample_act *a)
{
    const struct ts_sample_person *p = a->person;
    return (struct ts_sample_order){(uint16_t)(p->orders + 1), p->channel,
                                    ts_sample_calendar_sale(a->calendar, a->now)};
}

/* The nth thing that is looked at or put into the basket is the nth of the order that would come of it; further ones
 * are of an order that never comes. */
static void product_step(struct ts_sample_act *a, const char *event, uint8_t nth)
{
    struct ts_sample_line lines[TS_SAMPLE_LINES_MAX];
    struct ts_sample_order order = next_order(a);
    uint32_t n = ts_sample_order_lines(a->key, order, lines);
    if (nth >= n) {
        order.number = (uint16_t)(order.number + 30000 + nth);
        ts_sample_order_lines(a->key, order, lines);
        nth = 0;
    }
    ts_sample_line_product(a, event, &lines[nth]);
}

static void plan_later(struct ts_sample_act *a, struct ts_sample_order order)
{
    struct ts_sample_person *p = a->person;
    if (p->later_at != TS_NEVER) return;
    uint64_t x = ts_rng_below(&p->rng, 1000);
    bool till = order.channel == TS_SAMPLE_TILL;
    if (x >= (till ? 25u : 230u)) return;
    p->later = x < 12   ? LATER_REFUND_ALL
               : x < 25 ? LATER_REFUND_LINES
               : x < 60 ? LATER_REFUND_ALL
               : x < 85 ? LATER_REFUND_LINES
               : x < 95 ? LATER_REFUND_GESTURE
                        : LATER_REVIEW;
    p->later_line = 0;
    p->later_order = order;
    ts_ms days = (ts_ms)(1 + ts_rng_below(&p->rng, 13)) * TS_DAY_MS; /* a draw a statement: C leaves their order open */
    p->later_at = a->now + days + seconds(&p->rng, 0, 7200);
}

static void order_step(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    struct ts_sample_order order = next_order(a);
    if (order.number >= 30000) return; /* far beyond what two years hold; the numbers above are for product_step */
    p->orders++;
    ts_sample_line_order(a, order);
    plan_later(a, order);
}

static void identify_step(struct ts_sample_act *a, enum step step)
{
    struct ts_sample_person *p = a->person;
    unsigned email = ts_sample_has_email(a->key) ? TS_SAMPLE_EMAIL : 0;
    unsigned traits = 0;
    if (step == STEP_SIGN_UP) {
        traits = TS_SAMPLE_EMAIL;
    } else if (step == STEP_MOVE) {
        p->city = (uint8_t)ts_rng_below(&p->rng, ts_sample_brand.n_cities);
        traits = TS_SAMPLE_CITY;
    } else {
        p->logged_in |= (uint8_t)(p->channel == TS_SAMPLE_TILL ? 0 : 1u << p->device);
        traits = email && ts_sample_chance(&p->rng, 600) ? email : TS_SAMPLE_PHONE;
    }
    if (step == STEP_REGISTER) {
        p->registered = true;
        traits = TS_SAMPLE_PHONE | TS_SAMPLE_NAME | email;
        if (ts_sample_chance(&p->rng, 750)) traits |= TS_SAMPLE_CITY;
        if (ts_sample_chance(&p->rng, 600)) traits |= TS_SAMPLE_BIRTHDAY;
    }
    ts_sample_line_identify(a, traits);
}

/* Take the first step of those that are left. */
static void take_step(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    enum step step = (enum step)(p->planned & -p->planned);
    bool again = false;
    switch (step) {
    case STEP_OPEN:
        if (p->channel == TS_SAMPLE_APP)
            ts_sample_line_app_opened(a);
        else
            ts_sample_line_page(a);
        break;
    case STEP_SCAN:
        ts_sample_line_scan(a);
        break;
    case STEP_VIEW:
        again = --p->views > 0, product_step(a, "Product Viewed", p->views);
        break;
    case STEP_SHARE:
        product_step(a, "Product Shared", 0);
        break;
    case STEP_ADD:
        again = --p->adds > 0, product_step(a, "Product Added", p->adds);
        break;
    case STEP_ALIAS:
        ts_sample_line_alias(a);
        break;
    case STEP_GROUP:
        ts_sample_line_group(a);
        break;
    case STEP_ORDER:
        order_step(a);
        break;
    default:
        identify_step(a, step);
        break;
    }
    if (!again) p->planned &= (uint16_t)~step;
}

/* ---- later ------------------------------------------------------------------------------------------------------------ */

static void take_later(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    struct ts_sample_line lines[TS_SAMPLE_LINES_MAX];
    struct ts_sample_order order = p->later_order;
    uint32_t n = ts_sample_order_lines(a->key, order, lines);
    p->channel = order.channel;
    p->device = draw_device(a);
    p->place = draw_place(p);
    p->later_at = TS_NEVER;
    switch ((enum later)p->later) {
    case LATER_REVIEW:
        ts_sample_line_review(a, order);
        break;
    case LATER_REFUND_ALL:
        ts_sample_line_refund(a, order, 0, n, 0);
        break;
    case LATER_REFUND_GESTURE:
        ts_sample_line_refund(a, order, 0, 0, ts_sample_order_total(lines, n) * (5 + ts_rng_below(&p->rng, 26)) / 100);
        break;
    case LATER_REFUND_LINES:
        ts_sample_line_refund(a, order, p->later_line, 1, 0);
        if (++p->later_line < n && ts_sample_chance(&p->rng, 400)) {
            p->later_at = a->now + TS_DAY_MS + seconds(&p->rng, 0, 3 * UINT64_C(86400));
        }
        break;
    }
}

void ts_sample_person_step(struct ts_sample_act *a)
{
    struct ts_sample_person *p = a->person;
    if (p->planned == 0 && p->later_at <= a->now) {
        take_later(a);
        if (p->visit_at <= a->now) p->visit_at = a->now + seconds(&p->rng, 60, 600);
        set_next(p);
        return;
    }
    if (p->planned == 0) begin_visit(a);
    take_step(a);
    if (p->planned != 0) {
        p->next = a->now + seconds(&p->rng, 3, 70);
        return;
    }
    plan_next_visit(a);
    if (p->later_at <= a->now) p->later_at = a->now + seconds(&p->rng, 60, 600);
    set_next(p);
}
