/* SPDX-License-Identifier: Apache-2.0 */
/* What is fixed about a person of the sample (name, birthday, phone, mail, ids, tastes) and about an order. Nothing of
 * it is kept in memory: it is drawn again from the person's key, so that memory stays small. */
#include "command/sample_parts.h"

/* One independent draw for each feature of a person. */
enum feature {
    F_NAME = 1,
    F_GIVEN,
    F_PINYIN,
    F_BIRTHDAY,
    F_MAIL,
    F_DOMAIN,
    F_PHONE,
    F_TASTE,
    F_HOME,
    F_ORDER,
    F_DEVICE
};

static uint64_t draw(uint64_t key, enum feature f, uint64_t n) { return ts_mix(key + n, (uint64_t)f << 32 | f); }

/* An index below n that prefers the first: the square of a uniform draw. */
static uint32_t skewed(uint64_t bits, uint32_t n)
{
    uint64_t u = bits >> 32;
    return (uint32_t)(((u * u >> 32) * n) >> 32);
}

bool ts_sample_has_email(uint64_t key) { return draw(key, F_MAIL, 0) % 100 < 55; }
bool ts_sample_wears_lenses(uint64_t key) { return draw(key, F_TASTE, 0) % 100 < 55; }
bool ts_sample_drinks_coffee(uint64_t key) { return !ts_sample_wears_lenses(key) || draw(key, F_TASTE, 1) % 100 < 45; }
uint8_t ts_sample_home(uint64_t key) { return (uint8_t)skewed(draw(key, F_HOME, 0), ts_sample_brand.n_cities); }

static const struct ts_sample_name *surname(uint64_t key)
{
    return &ts_sample_brand.surnames[skewed(draw(key, F_NAME, 0), ts_sample_brand.n_surnames)];
}

static const struct ts_sample_name *given(uint64_t key)
{
    return &ts_sample_brand.given[draw(key, F_GIVEN, 0) % ts_sample_brand.n_given];
}

static void put_capital(struct ts_buf *out, const char *word)
{
    ts_buf_byte(out, (uint8_t)(word[0] - 'a' + 'A'));
    ts_buf_adds(out, word + 1);
}

void ts_sample_put_name(struct ts_buf *out, uint64_t key)
{
    if (draw(key, F_PINYIN, 0) % 12 == 0) { /* who writes the name in letters */
        put_capital(out, given(key)->pinyin);
        ts_buf_byte(out, ' ');
        put_capital(out, surname(key)->pinyin);
        return;
    }
    ts_buf_adds(out, surname(key)->hanzi);
    ts_buf_adds(out, given(key)->hanzi);
}

void ts_sample_put_birthday(struct ts_buf *out, uint64_t key)
{
    uint64_t d = draw(key, F_BIRTHDAY, 0);
    int year = 1956 + (int)(d % 28 + (d >> 16) % 26); /* two dice: most are born around 1982 */
    int month = 1 + (int)((d >> 32) % 12);
    int dom = 1 + (int)((d >> 40) % (uint64_t)ts_days_in_month(year, month));
    ts_sample_put_number(out, (uint64_t)year, 4);
    ts_buf_byte(out, '-');
    ts_sample_put_number(out, (uint64_t)month, 2);
    ts_buf_byte(out, '-');
    ts_sample_put_number(out, (uint64_t)dom, 2);
}

void ts_sample_put_email(struct ts_sample_act *a)
{
    const char *family = surname(a->key)->pinyin;
    if (ts_sample_chance(&a->person->rng, 40))
        put_capital(a->out, family); /* as phone keyboards do it */
    else
        ts_buf_adds(a->out, family);
    ts_buf_byte(a->out, '.');
    ts_buf_adds(a->out, given(a->key)->pinyin);
    ts_sample_put_number(a->out, a->index + UINT64_C(1), 1);
    ts_buf_byte(a->out, '@');
    ts_buf_adds(a->out, ts_sample_brand.mail_domains[draw(a->key, F_DOMAIN, 0) % ts_sample_brand.n_mail_domains]);
}

/* A mobile number in one of the forms in which people and tills write it: people mostly as at home, tills always with the
 * country, so that whoever is known by nothing else is known under any rules. The last eight digits tell people apart:
 * a multiplication modulo a prime is a permutation. */
void ts_sample_put_phone(struct ts_sample_act *a)
{
    const char *prefix =
        ts_sample_brand.mobile_prefixes[skewed(draw(a->key, F_PHONE, 0), ts_sample_brand.n_mobile_prefixes)];
    uint64_t rest = (a->index * UINT64_C(48271) + 7654321) % 99999989;
    static const struct {
        const char *before, *between;
    } FORMS[] = {{"", ""}, {"", "-"}, {"", " "}, {"0086", ""}, {"+86", ""}, {"+86 ", " "}, {"+86-", "-"}};
    struct ts_rng *rng = &a->person->rng;
    bool till = a->person->channel == TS_SAMPLE_TILL;
    size_t common = till ? 4 : 0, first = till ? 5 : 1; /* where the forms that this writer uses seldom begin */
    size_t form = ts_sample_chance(rng, 620) ? common : first + ts_rng_below(rng, TS_ARRAY_LEN(FORMS) - first);
    const char *between = FORMS[form].between;
    ts_buf_adds(a->out, FORMS[form].before);
    ts_buf_adds(a->out, prefix);
    ts_buf_adds(a->out, between);
    ts_sample_put_number(a->out, rest / 10000, 4);
    ts_buf_adds(a->out, between);
    ts_sample_put_number(a->out, rest % 10000, 4);
}

void ts_sample_put_user_id(struct ts_sample_act *a)
{
    ts_buf_byte(a->out, 'u');
    ts_sample_put_number(a->out, UINT64_C(10000000) + a->index, 8);
}

void ts_sample_put_anonymous_id(struct ts_sample_act *a)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t device = a->person->device;
    /* One in 128 shares the browser of another: a family's computer. */
    bool shared = device == TS_SAMPLE_BROWSER && a->index % 2 == 1 && draw(a->key, F_DEVICE, 50) % 64 == 0;
    uint64_t key = shared ? ts_sample_key(a->seed, a->index - 1) : a->key;
    uint64_t hi = draw(key, F_DEVICE, device), lo = draw(key, F_DEVICE, device + 16u);
    if (device != TS_SAMPLE_OPENID) {
        ts_sample_put_uuid(a->out, hi, lo, false);
        return;
    }
    ts_buf_adds(a->out, "oHb");
    for (int i = 0; i < 20; i++) {
        uint64_t bits = i < 10 ? hi : lo;
        ts_buf_byte(a->out, (uint8_t)LETTERS[bits >> (i % 10 * 6) & 63]);
    }
}

void ts_sample_put_device_id(struct ts_sample_act *a)
{
    ts_sample_put_uuid(a->out, draw(a->key, F_DEVICE, 40), draw(a->key, F_DEVICE, 41), true);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static const struct ts_sample_product *pick(struct ts_rng *rng, uint64_t key, uint8_t channel)
{
    uint8_t sold = channel == TS_SAMPLE_TILL ? TS_SAMPLE_SHOP : TS_SAMPLE_ONLINE;
    for (;;) { /* ends: every taste and channel has products */
        const struct ts_sample_product *p = &ts_sample_brand.products[ts_rng_below(rng, ts_sample_brand.n_products)];
        bool liked = p->lenses ? ts_sample_wears_lenses(key) : ts_sample_drinks_coffee(key);
        /* What is dear is bought seldom. */
        if (liked && (p->sold & sold) && ts_rng_below(rng, 8000 + p->price) < 8000) return p;
    }
}

static bool among(const struct ts_sample_line *lines, uint32_t n, const struct ts_sample_product *p)
{
    for (uint32_t i = 0; i < n; i++) {
        if (lines[i].product == p) return true;
    }
    return false;
}

uint32_t ts_sample_order_lines(uint64_t key, struct ts_sample_order order,
                               struct ts_sample_line ret[TS_SAMPLE_LINES_MAX])
{
    struct ts_rng rng = {draw(key, F_ORDER, order.number)};
    uint64_t size = ts_rng_below(&rng, 100);
    uint32_t n = 0, want = size < 52 ? 1 : size < 80 ? 2 : size < 94 ? 3 : TS_SAMPLE_LINES_MAX;
    for (uint32_t tries = 0; n < want && tries < 16; tries++) {
        const struct ts_sample_product *p = pick(&rng, key, order.channel);
        uint64_t a = ts_rng_below(&rng, p->at_most), b = ts_rng_below(&rng, p->at_most);
        if (among(ret, n, p)) continue;
        ret[n].product = p;
        ret[n].price = order.sale ? (uint32_t)((uint64_t)p->price * 88 / 100) : p->price;
        ret[n].quantity = 1 + (uint32_t)(a < b ? a : b);
        n++;
    }
    return n;
}

uint64_t ts_sample_order_total(const struct ts_sample_line *lines, uint32_t n)
{
    uint64_t fen = 0;
    for (uint32_t i = 0; i < n; i++)
        fen += (uint64_t)lines[i].price * lines[i].quantity;
    return fen;
}
