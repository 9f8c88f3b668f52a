/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sample share: the brand's catalogues (sample_brand.c), the calendar of busy and quiet days
 * (sample_calendar.c), a person's fixed features (sample_person.c), lines (sample_line.c), and what a person does next
 * (sample_life.c). Nobody outside core/command/sample*.c includes this. */
#ifndef TS_SAMPLE_PARTS_H
#define TS_SAMPLE_PARTS_H

#include "base/base.h"
#include "base/calendar.h"

/* ---- the brand -------------------------------------------------------------------------------------------------- */

enum ts_sample_sold { TS_SAMPLE_ONLINE = 1, TS_SAMPLE_SHOP = 2 };
struct ts_sample_product {
    const char *sku, *name, *category;
    uint32_t price;  /* fen */
    uint8_t sold;    /* enum ts_sample_sold, both bits: everywhere */
    uint8_t lenses;  /* for people who wear lenses; else for those who drink coffee */
    uint8_t at_most; /* pieces in one order */
};
struct ts_sample_name { /* a surname or a given name */
    const char *hanzi, *pinyin;
};
struct ts_sample_place {
    const char *name, *city;
};
struct ts_sample_page {
    const char *name, *path, *title;
};
struct ts_sample_brand {
    const struct ts_sample_product *products;
    const struct ts_sample_name *surnames, *given;
    const struct ts_sample_place *places;
    const struct ts_sample_page *pages;
    const char *const *cities;
    const char *const *mail_domains;
    const char *const *mobile_prefixes;
    uint32_t n_products, n_surnames, n_given, n_places, n_pages, n_cities, n_mail_domains, n_mobile_prefixes;
};
extern const struct ts_sample_brand ts_sample_brand;
#define TS_SAMPLE_STAFF 8 /* assistants of a shop */

/* ---- time ------------------------------------------------------------------------------------------------------- */

#define TS_SAMPLE_DAYS 731              /* 2024-01-01 .. 2025-12-31 */
#define TS_SAMPLE_ORDINARY_DAY 1000000u /* weight of a day on which nothing is special */

/* Visits are drawn in "busy time", in which every day is as long as it is busy: weekends, sales and holidays then come
 * out by themselves. */
struct ts_sample_calendar {
    ts_ms start, end;                   /* of the two years */
    uint64_t until[TS_SAMPLE_DAYS + 1]; /* busy time before day i */
    bool sale[TS_SAMPLE_DAYS];
};
void ts_sample_calendar_init(struct ts_sample_calendar *c);
/* The instant of a point of busy time; TS_NEVER past the end. */
ts_ms ts_sample_calendar_at(const struct ts_sample_calendar *c, uint64_t busy, bool shop);
uint64_t ts_sample_calendar_busy(const struct ts_sample_calendar *c, uint32_t day);
bool ts_sample_calendar_sale(const struct ts_sample_calendar *c, ts_ms t);

/* Exponential with mean 1, in 1/65536: von Neumann's method, which only compares. */
uint64_t ts_sample_exponential(struct ts_rng *rng);
static inline bool ts_sample_chance(struct ts_rng *rng, uint32_t per_mille)
{
    return ts_rng_below(rng, 1000) < per_mille;
}

/* ---- people ------------------------------------------------------------------------------------------------------- */

enum ts_sample_channel { TS_SAMPLE_WEB, TS_SAMPLE_APP, TS_SAMPLE_WECHAT, TS_SAMPLE_TILL };
enum ts_sample_device { TS_SAMPLE_BROWSER, TS_SAMPLE_PHONE_BROWSER, TS_SAMPLE_DEVICE_APP, TS_SAMPLE_OPENID };
enum ts_sample_trait {
    TS_SAMPLE_NAME = 1,
    TS_SAMPLE_EMAIL = 2,
    TS_SAMPLE_PHONE = 4,
    TS_SAMPLE_CITY = 8,
    TS_SAMPLE_BIRTHDAY = 16,
};

/* An order is not kept but made again from this when it is refunded or reviewed. */
struct ts_sample_order {
    uint16_t number;
    uint8_t channel;
    bool sale;
};

struct ts_sample_person {
    struct ts_rng rng;
    ts_ms next;     /* of the next line; TS_NEVER: nothing more */
    ts_ms visit_at; /* of the next visit; TS_NEVER: none */
    ts_ms later_at; /* of a review or a refund that is to come; TS_NEVER: none */
    uint64_t busy;  /* when the last visit began, in busy time */
    uint64_t gap;   /* mean busy time between visits */
    struct ts_sample_order later_order;
    uint16_t orders;
    uint16_t planned;   /* steps of the visit that are still to come */
    uint8_t later;      /* what comes later */
    uint8_t later_line; /* the order line that the next partial refund takes */
    uint8_t views, adds;
    uint8_t channel, device, place;
    uint8_t coming;    /* the channel of the next visit */
    uint8_t habit;     /* the channel that this person likes best */
    uint8_t logged_in; /* a bit for each device */
    uint8_t given;     /* enum ts_sample_trait: what the brand was told */
    uint8_t city;
    bool registered, loyal;
};

struct ts_sample_line { /* one {"product", "quantity"} of an order */
    const struct ts_sample_product *product;
    uint32_t price, quantity;
};
#define TS_SAMPLE_LINES_MAX 4

/* A person at one instant, and the line that is being written. */
struct ts_sample_act {
    struct ts_sample_person *person;
    uint32_t index;
    uint64_t seed, key; /* key: of the person; everything fixed about him is drawn from it */
    ts_ms now;
    const struct ts_sample_calendar *calendar;
    struct ts_buf *out;
};
static inline uint64_t ts_sample_key(uint64_t seed, uint32_t index)
{
    struct ts_rng r = {seed ^ (index + UINT64_C(1)) * UINT64_C(0xD1342543DE82EF95)};
    return ts_rng_next(&r);
}

/* Fixed features. The writers append plain text without quotes. */
bool ts_sample_has_email(uint64_t key);
bool ts_sample_wears_lenses(uint64_t key);
bool ts_sample_drinks_coffee(uint64_t key);
uint8_t ts_sample_home(uint64_t key); /* index of a city */
void ts_sample_put_name(struct ts_buf *out, uint64_t key);
void ts_sample_put_birthday(struct ts_buf *out, uint64_t key);
void ts_sample_put_email(struct ts_sample_act *a);
void ts_sample_put_phone(struct ts_sample_act *a);
void ts_sample_put_user_id(struct ts_sample_act *a);
void ts_sample_put_anonymous_id(struct ts_sample_act *a);
void ts_sample_put_device_id(struct ts_sample_act *a);
uint32_t ts_sample_order_lines(uint64_t key, struct ts_sample_order order,
                               struct ts_sample_line ret[TS_SAMPLE_LINES_MAX]);
uint64_t ts_sample_order_total(const struct ts_sample_line *lines, uint32_t n); /* fen */

/* ---- lines -------------------------------------------------------------------------------------------------------- */

void ts_sample_put_number(struct ts_buf *out, uint64_t n, unsigned digits); /* zero padded to `digits` */
void ts_sample_put_uuid(struct ts_buf *out, uint64_t hi, uint64_t lo, bool upper);
void ts_sample_line_page(struct ts_sample_act *a);
void ts_sample_line_app_opened(struct ts_sample_act *a);
void ts_sample_line_product(struct ts_sample_act *a, const char *event, const struct ts_sample_line *line);
void ts_sample_line_scan(struct ts_sample_act *a);
void ts_sample_line_identify(struct ts_sample_act *a, unsigned traits);
void ts_sample_line_alias(struct ts_sample_act *a);
void ts_sample_line_group(struct ts_sample_act *a);
void ts_sample_line_order(struct ts_sample_act *a, struct ts_sample_order order);
void ts_sample_line_review(struct ts_sample_act *a, struct ts_sample_order order);
/* Refund `lines` from `first` on, or, with no lines, `amount` fen as a gesture. */
void ts_sample_line_refund(struct ts_sample_act *a, struct ts_sample_order order, uint32_t first, uint32_t n_lines,
                           uint64_t amount);

/* ---- what happens -------------------------------------------------------------------------------------------------- */

/* When and how this person is first met; sets person->next. */
void ts_sample_person_begin(struct ts_sample_act *a);
/* Write the line that is due at a->now and set person->next. */
void ts_sample_person_step(struct ts_sample_act *a);

#endif
