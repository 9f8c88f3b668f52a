/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the sample, as trackers send them: web (analytics.js), app (analytics-ios, -android), the WeChat mini
 * program and the tills of the shops. Money is printed from fen; all text comes from the catalogues and needs no
 * escapes. */
#include "command/sample_parts.h"

/* ---- values ------------------------------------------------------------------------------------------------------ */

void ts_sample_put_number(struct ts_buf *out, uint64_t n, unsigned digits)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0 || sizeof text - at < digits);
    ts_buf_add(out, text + at, sizeof text - at);
}

void ts_sample_put_uuid(struct ts_buf *out, uint64_t hi, uint64_t lo, bool upper)
{
    const char *hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    hi = (hi & ~UINT64_C(0xf000)) | 0x4000;               /* version 4 */
    lo = (lo & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63; /* variant 1 */
    char text[36];
    size_t n = 0;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) text[n++] = '-';
        text[n++] = hex[(i < 16 ? hi : lo) >> (60 - i % 16 * 4) & 15];
    }
    ts_buf_add(out, text, n);
}

static void put_money(struct ts_buf *out, uint64_t fen) /* 128, 128.5, 128.05 */
{
    ts_sample_put_number(out, fen / 100, 1);
    if (fen % 100 == 0) return;
    ts_buf_byte(out, '.');
    if (fen % 10 == 0)
        ts_sample_put_number(out, fen % 100 / 10, 1);
    else
        ts_sample_put_number(out, fen % 100, 2);
}

static void put_text(struct ts_buf *out, const char *key, const char *value) /* ,"key":"value" */
{
    ts_buf_adds(out, ",\"");
    ts_buf_adds(out, key);
    ts_buf_adds(out, "\":\"");
    ts_buf_adds(out, value);
    ts_buf_byte(out, '"');
}

/* ---- the parts that every line has --------------------------------------------------------------------------------- */

static bool knows_user(const struct ts_sample_act *a)
{
    const struct ts_sample_person *p = a->person;
    if (!p->registered) return false;
    return p->channel == TS_SAMPLE_TILL || (p->logged_in >> p->device & 1);
}

static void put_user_id(struct ts_sample_act *a)
{
    ts_buf_adds(a->out, ",\"userId\":\"");
    ts_sample_put_user_id(a);
    ts_buf_byte(a->out, '"');
}

static void begin(struct ts_sample_act *a, const char *type)
{
    static const char *const CHANNEL[] = {"web", "app", "wechat", "shop"};
    char time[32];
    ts_buf_adds(a->out, "{\"type\":\"");
    ts_buf_adds(a->out, type);
    ts_buf_adds(a->out, "\",\"messageId\":\"");
    uint64_t hi = ts_rng_next(&a->person->rng);
    ts_sample_put_uuid(a->out, hi, ts_rng_next(&a->person->rng), false);
    ts_buf_byte(a->out, '"');
    put_text(a->out, "timestamp", ts_time_format(a->now, time));
    put_text(a->out, "channel", CHANNEL[a->person->channel]);
    if (a->person->channel != TS_SAMPLE_TILL) {
        ts_buf_adds(a->out, ",\"anonymousId\":\"");
        ts_sample_put_anonymous_id(a);
        ts_buf_byte(a->out, '"');
    }
}

static void put_traits(struct ts_sample_act *a, unsigned traits) /* ,"traits":{...} */
{
    char separator = '{';
    ts_buf_adds(a->out, ",\"traits\":");
    for (unsigned bit = TS_SAMPLE_NAME; bit <= TS_SAMPLE_BIRTHDAY; bit <<= 1) {
        if (!(traits & bit)) continue;
        ts_buf_byte(a->out, (uint8_t)separator);
        separator = ',';
        ts_buf_adds(a->out, bit == TS_SAMPLE_NAME    ? "\"name\":\""
                            : bit == TS_SAMPLE_EMAIL ? "\"email\":\""
                            : bit == TS_SAMPLE_PHONE ? "\"phone\":\""
                            : bit == TS_SAMPLE_CITY  ? "\"city\":\""
                                                     : "\"birthday\":\"");
        if (bit == TS_SAMPLE_NAME)
            ts_sample_put_name(a->out, a->key);
        else if (bit == TS_SAMPLE_EMAIL)
            ts_sample_put_email(a);
        else if (bit == TS_SAMPLE_PHONE)
            ts_sample_put_phone(a);
        else if (bit == TS_SAMPLE_CITY)
            ts_buf_adds(a->out, ts_sample_brand.cities[a->person->city]);
        else
            ts_sample_put_birthday(a->out, a->key);
        ts_buf_byte(a->out, '"');
    }
    a->person->given |= (uint8_t)traits;
    if (separator == '{') ts_buf_byte(a->out, '{');
    ts_buf_byte(a->out, '}');
}

/* ,"context":{...}: what the tracker of the channel says about itself, and traits when the caller knows some. */
static void put_context(struct ts_sample_act *a, unsigned traits)
{
    static const char *const WEB[] = {
        "\"library\":{\"name\":\"analytics.js\",\"version\":\"2.11.1\"},\"locale\":\"zh-CN\",\"timezone\":\"Asia/"
        "Shanghai\"",
        "\"library\":{\"name\":\"analytics.js\",\"version\":\"2.11.1\"},\"locale\":\"zh-CN\",\"timezone\":\"Asia/"
        "Shanghai\","
        "\"userAgent\":\"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)\"",
    };
    ts_buf_adds(a->out, ",\"context\":{");
    switch (a->person->channel) {
    case TS_SAMPLE_WEB:
        ts_buf_adds(a->out, WEB[a->person->device == TS_SAMPLE_PHONE_BROWSER]);
        break;
    case TS_SAMPLE_APP: {
        bool ios = a->key & 1;
        ts_buf_adds(a->out,
                    ios ? "\"library\":{\"name\":\"analytics-ios\",\"version\":\"4.1.6\"},\"os\":{\"name\":\"iOS\","
                          "\"version\":\"17.5\"},\"device\":{\"type\":\"ios\",\"id\":\""
                        : "\"library\":{\"name\":\"analytics-android\",\"version\":\"4.11.3\"},\"os\":{\"name\":"
                          "\"Android\",\"version\":\"14\"},\"device\":{\"type\":\"android\",\"id\":\"");
        ts_sample_put_device_id(a);
        ts_buf_adds(a->out, "\"},\"app\":{\"name\":\"Harbour\",\"version\":\"3.2.0\"}");
        break;
    }
    case TS_SAMPLE_WECHAT:
        ts_buf_adds(a->out, "\"library\":{\"name\":\"wechat-mini\",\"version\":\"1.8.2\"},\"locale\":\"zh_CN\"");
        break;
    default:
        ts_buf_adds(a->out, "\"library\":{\"name\":\"till\",\"version\":\"6.0\"}");
        break;
    }
    if (traits) put_traits(a, traits);
    ts_buf_byte(a->out, '}');
}

static void begin_track(struct ts_sample_act *a, const char *event, unsigned traits)
{
    begin(a, "track");
    if (knows_user(a)) put_user_id(a);
    put_text(a->out, "event", event);
    put_context(a, traits);
    ts_buf_adds(a->out, ",\"properties\":{");
}

static void end(struct ts_sample_act *a) { ts_buf_adds(a->out, "}}\n"); }

/* At a till nobody has a cookie: who is not a member with a card is known by his phone. */
static unsigned till_traits(const struct ts_sample_act *a)
{
    return a->person->channel == TS_SAMPLE_TILL && !a->person->registered ? TS_SAMPLE_PHONE : 0;
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

void ts_sample_line_page(struct ts_sample_act *a)
{
    uint64_t x = ts_rng_below(&a->person->rng, 64); /* the first pages are looked at most */
    const struct ts_sample_page *page = &ts_sample_brand.pages[x * x * ts_sample_brand.n_pages / 4096];
    begin(a, "page");
    if (knows_user(a)) put_user_id(a);
    put_text(a->out, "name", page->name);
    put_context(a, 0);
    ts_buf_adds(a->out, ",\"properties\":{\"path\":\"");
    ts_buf_adds(a->out, page->path);
    ts_buf_byte(a->out, '"');
    put_text(a->out, "title", page->title);
    end(a);
}

void ts_sample_line_app_opened(struct ts_sample_act *a)
{
    begin_track(a, "App Opened", 0);
    ts_buf_adds(a->out,
                ts_sample_chance(&a->person->rng, 300) ? "\"from_background\":true" : "\"from_background\":false");
    end(a);
}

void ts_sample_line_product(struct ts_sample_act *a, const char *event, const struct ts_sample_line *line)
{
    static const char *const SHARED[] = {"wechat", "moments", "weibo", "xiaohongshu"};
    const struct ts_sample_product *p = line->product;
    begin_track(a, event, 0);
    ts_buf_adds(a->out, "\"sku\":\"");
    ts_buf_adds(a->out, p->sku);
    ts_buf_byte(a->out, '"');
    put_text(a->out, "name", p->name);
    put_text(a->out, "category", p->category);
    ts_buf_adds(a->out, ",\"price\":");
    put_money(a->out, line->price);
    if (strcmp(event, "Product Added") == 0) {
        ts_buf_adds(a->out, ",\"quantity\":");
        ts_sample_put_number(a->out, line->quantity, 1);
    } else if (strcmp(event, "Product Shared") == 0) {
        put_text(a->out, "share_via", SHARED[ts_rng_below(&a->person->rng, TS_ARRAY_LEN(SHARED))]);
    }
    end(a);
}

static void put_place(struct ts_sample_act *a) /* "place":"...","staff_id":"..." */
{
    uint8_t place = a->person->place;
    ts_buf_adds(a->out, "\"place\":\"");
    ts_buf_adds(a->out, ts_sample_brand.places[place].city);
    ts_buf_byte(a->out, ' ');
    ts_buf_adds(a->out, ts_sample_brand.places[place].name);
    ts_buf_adds(a->out, "\",\"staff_id\":\"s");
    uint64_t shop = UINT64_C(100) + (uint64_t)place * TS_SAMPLE_STAFF;
    ts_sample_put_number(a->out, shop + ts_rng_below(&a->person->rng, TS_SAMPLE_STAFF), 3);
    ts_buf_byte(a->out, '"');
}

void ts_sample_line_scan(struct ts_sample_act *a)
{
    begin_track(a, "QR Scanned", till_traits(a));
    put_place(a);
    end(a);
}

void ts_sample_line_identify(struct ts_sample_act *a, unsigned traits)
{
    begin(a, "identify");
    if (knows_user(a)) put_user_id(a);
    put_traits(a, traits);
    put_context(a, 0);
    ts_buf_adds(a->out, "}\n");
}

void ts_sample_line_alias(struct ts_sample_act *a)
{
    begin(a, "alias");
    ts_buf_adds(a->out, ",\"previousId\":\"");
    ts_sample_put_anonymous_id(a);
    ts_buf_byte(a->out, '"');
    put_user_id(a);
    put_context(a, 0);
    ts_buf_adds(a->out, "}\n");
}

void ts_sample_line_group(struct ts_sample_act *a)
{
    const char *city = ts_sample_brand.cities[a->person->city];
    begin(a, "group");
    put_user_id(a);
    ts_buf_adds(a->out, ts_sample_wears_lenses(a->key) ? ",\"groupId\":\"lens club " : ",\"groupId\":\"coffee club ");
    ts_buf_adds(a->out, city);
    ts_buf_adds(a->out, "\",\"traits\":{\"city\":\"");
    ts_buf_adds(a->out, city);
    ts_buf_adds(a->out, "\"}");
    put_context(a, 0);
    ts_buf_adds(a->out, "}\n");
}

/* "order_id":"W-10000042-3" */
static void put_order_id(struct ts_sample_act *a, struct ts_sample_order order)
{
    ts_buf_adds(a->out, "\"order_id\":\"");
    ts_buf_byte(a->out, (uint8_t) "WAMS"[order.channel]);
    ts_buf_byte(a->out, '-');
    ts_sample_put_number(a->out, UINT64_C(10000000) + a->index, 8);
    ts_buf_byte(a->out, '-');
    ts_sample_put_number(a->out, order.number, 1);
    ts_buf_byte(a->out, '"');
}

static void put_revenue(struct ts_sample_act *a, uint64_t fen)
{
    ts_buf_adds(a->out, ",\"revenue\":");
    put_money(a->out, fen);
    put_text(a->out, "currency", "CNY");
}

static void put_products(struct ts_sample_act *a, const struct ts_sample_line *lines, uint32_t n)
{
    ts_buf_adds(a->out, ",\"products\":[");
    for (uint32_t i = 0; i < n; i++) {
        ts_buf_adds(a->out, i ? ",{\"sku\":\"" : "{\"sku\":\"");
        ts_buf_adds(a->out, lines[i].product->sku);
        ts_buf_byte(a->out, '"');
        put_text(a->out, "category", lines[i].product->category);
        ts_buf_adds(a->out, ",\"price\":");
        put_money(a->out, lines[i].price);
        ts_buf_adds(a->out, ",\"quantity\":");
        ts_sample_put_number(a->out, lines[i].quantity, 1);
        ts_buf_byte(a->out, '}');
    }
    ts_buf_byte(a->out, ']');
}

/* Who orders without an account leaves a phone for the courier, and a mail address if there is one. */
static unsigned guest_traits(const struct ts_sample_act *a)
{
    if (a->person->channel == TS_SAMPLE_TILL) return till_traits(a);
    if (knows_user(a)) return 0;
    return TS_SAMPLE_PHONE | TS_SAMPLE_NAME | (ts_sample_has_email(a->key) ? TS_SAMPLE_EMAIL : 0);
}

void ts_sample_line_order(struct ts_sample_act *a, struct ts_sample_order order)
{
    struct ts_sample_line lines[TS_SAMPLE_LINES_MAX];
    uint32_t n = ts_sample_order_lines(a->key, order, lines);
    begin_track(a, "Order Completed", guest_traits(a));
    put_order_id(a, order);
    put_revenue(a, ts_sample_order_total(lines, n));
    put_products(a, lines, n);
    if (order.channel == TS_SAMPLE_TILL) {
        ts_buf_byte(a->out, ',');
        put_place(a);
    }
    end(a);
}

void ts_sample_line_review(struct ts_sample_act *a, struct ts_sample_order order)
{
    struct ts_sample_line lines[TS_SAMPLE_LINES_MAX];
    ts_sample_order_lines(a->key, order, lines);
    uint64_t x = ts_rng_below(&a->person->rng, 100);
    begin_track(a, "Review Posted", till_traits(a));
    put_order_id(a, order);
    put_text(a->out, "sku", lines[0].product->sku);
    put_text(a->out, "category", lines[0].product->category);
    ts_buf_adds(a->out, ",\"rating\":");
    ts_sample_put_number(a->out, x < 5 ? 1 : x < 9 ? 2 : x < 19 ? 3 : x < 46 ? 4 : 5, 1);
    end(a);
}

void ts_sample_line_refund(struct ts_sample_act *a, struct ts_sample_order order, uint32_t first, uint32_t n_lines,
                           uint64_t amount)
{
    struct ts_sample_line lines[TS_SAMPLE_LINES_MAX];
    ts_sample_order_lines(a->key, order, lines);
    begin_track(a, "Order Refunded", guest_traits(a));
    put_order_id(a, order);
    put_revenue(a, n_lines ? ts_sample_order_total(lines + first, n_lines) : amount);
    if (n_lines) put_products(a, lines + first, n_lines);
    end(a);
}
