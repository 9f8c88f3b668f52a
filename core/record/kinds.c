/* SPDX-License-Identifier: Apache-2.0 */
/* The names of record kinds, reasons and types, and the identifiers that hold when a program declares none. */
#include "record/record.h"

const char *ts_record_kind_name(enum ts_record_kind kind)
{
    switch (kind) {
#define KIND_NAME(e, n, name)                                                                                          \
    case e:                                                                                                            \
        return name;
        TS_RECORD_KINDS(KIND_NAME)
#undef KIND_NAME
    case TS_RECORD_NONE:
        break;
    }
    return "none";
}

const char *ts_reason_name(enum ts_reason reason)
{
    switch (reason) {
#define REASON_NAME(e, name, text)                                                                                     \
    case e:                                                                                                            \
        return name;
        TS_REASONS(REASON_NAME)
#undef REASON_NAME
    case TS_REASON_NONE:
    case TS_REASON_COUNT:
        break;
    }
    return "none";
}

const char *ts_type_name(enum ts_type type)
{
    switch (type) {
    case TS_TYPE_ANY:
        return "any";
    case TS_TYPE_TEXT:
        return "text";
    case TS_TYPE_INTEGER:
        return "integer";
    case TS_TYPE_NUMBER:
        return "number";
    case TS_TYPE_MONEY:
        return "money";
    case TS_TYPE_BOOLEAN:
        return "boolean";
    case TS_TYPE_DATE:
        return "date";
    case TS_TYPE_TIME:
        return "time";
    case TS_TYPE_LIST:
        return "list";
    }
    return "any";
}

#define PATH(lit)                                                                                                      \
    {                                                                                                                  \
        (lit), sizeof(lit) - 1                                                                                         \
    }
#define FROM(paths) .from = (paths), .n_from = TS_ARRAY_LEN(paths)

static const struct ts_str from_user_id[] = {PATH("userId")};
static const struct ts_str from_email[] = {PATH("traits.email"), PATH("context.traits.email")};
static const struct ts_str from_phone[] = {PATH("traits.phone"), PATH("context.traits.phone")};
static const struct ts_str from_anonymous_id[] = {PATH("anonymousId")};
static const struct ts_str from_device[] = {PATH("context.device.id")};

static const struct ts_identifier_kind defaults[] = {
    {.name = PATH("user_id"), FROM(from_user_id), .strong = true},
    {.name = PATH("email"), FROM(from_email), .strong = true, .normalize = TS_NORMALIZE_EMAIL},
    {.name = PATH("phone"), FROM(from_phone), .strong = true, .normalize = TS_NORMALIZE_PHONE},
    {.name = PATH("anonymous_id"), FROM(from_anonymous_id)},
    {.name = PATH("device"), FROM(from_device)},
};

const struct ts_identifier_kind *ts_identifier_defaults(uint32_t *ret_count)
{
    *ret_count = (uint32_t)TS_ARRAY_LEN(defaults);
    return defaults;
}
