/* SPDX-License-Identifier: Apache-2.0 */
/* The invented brand's catalogues: what it sells, where, to people of which names. Mail domains are reserved ones
 * (RFC 2606), so that no line can name a real mailbox. What is popular stands first in each list. */
#include "command/sample_parts.h"

#define BOTH (TS_SAMPLE_ONLINE | TS_SAMPLE_SHOP)

static const struct ts_sample_product PRODUCTS[] = {
    {"CF-LATTE", "Latte", "coffee", 2900, TS_SAMPLE_SHOP, 0, 3},
    {"CF-AMER", "Americano", "coffee", 2200, TS_SAMPLE_SHOP, 0, 3},
    {"CF-FLAT", "Flat white", "coffee", 3200, TS_SAMPLE_SHOP, 0, 2},
    {"CF-COLD", "Cold brew", "coffee", 3000, TS_SAMPLE_SHOP, 0, 2},
    {"CF-OAT", "Oat latte", "coffee", 3400, TS_SAMPLE_SHOP, 0, 2},
    {"CF-POUR", "Pour-over, Yunnan", "coffee", 3800, TS_SAMPLE_SHOP, 0, 2},
    {"PA-CROIS", "Croissant", "pastry", 1800, TS_SAMPLE_SHOP, 0, 4},
    {"PA-CANELE", "Canelé", "pastry", 1600, TS_SAMPLE_SHOP, 0, 4},
    {"BN-YUN250", "Yunnan Baoshan beans 250 g", "beans", 6850, BOTH, 0, 4},
    {"BN-HOUSE", "House blend beans 500 g", "beans", 9900, BOTH, 0, 4},
    {"BN-ETH250", "Ethiopia Guji beans 250 g", "beans", 8800, BOTH, 0, 3},
    {"BN-DECAF", "Decaf beans 250 g", "beans", 7650, TS_SAMPLE_ONLINE, 0, 3},
    {"BN-GEISHA", "Panama Geisha beans 100 g", "beans", 26800, TS_SAMPLE_ONLINE, 0, 2},
    {"CP-LUNGO", "Capsules lungo, 10", "capsules", 3990, TS_SAMPLE_ONLINE, 0, 10},
    {"CP-RIST", "Capsules ristretto, 10", "capsules", 3990, TS_SAMPLE_ONLINE, 0, 10},
    {"DR-BAG10", "Drip bags, 10", "drip bags", 5550, BOTH, 0, 6},
    {"DR-GIFT", "Drip bag gift box, 30", "drip bags", 16800, BOTH, 0, 5},
    {"GE-V60", "Dripper", "equipment", 11900, BOTH, 0, 1},
    {"GE-FILTER", "Paper filters, 100", "equipment", 2450, BOTH, 0, 4},
    {"GE-KETTLE", "Gooseneck kettle", "equipment", 34900, TS_SAMPLE_ONLINE, 0, 1},
    {"GE-GRIND", "Hand grinder", "equipment", 59900, TS_SAMPLE_ONLINE, 0, 1},
    {"GE-ESPRES", "Espresso machine", "equipment", 289900, TS_SAMPLE_ONLINE, 0, 1},
    {"CU-TUMBL", "Tumbler 480 ml", "cups", 15900, BOTH, 0, 2},
    {"CU-CERAM", "Ceramic cup", "cups", 7900, BOTH, 0, 4},
    {"LN-DAY30", "Daily lenses, 30", "lens", 14900, BOTH, 1, 6},
    {"LN-DAY90", "Daily lenses, 90", "lens", 39900, TS_SAMPLE_ONLINE, 1, 4},
    {"LN-MON6", "Monthly lenses, 6", "lens", 26950, BOTH, 1, 4},
    {"LN-COLOR", "Coloured lenses, 10", "lens", 12850, BOTH, 1, 5},
    {"LN-TORIC", "Toric lenses, 6", "lens", 36800, BOTH, 1, 2},
    {"SO-360", "Lens solution 360 ml", "solution", 5900, BOTH, 1, 4},
    {"SO-120", "Lens solution 120 ml", "solution", 2690, BOTH, 1, 4},
    {"SO-DROPS", "Eye drops", "solution", 3850, BOTH, 1, 4},
    {"AC-CASE", "Lens case", "accessories", 1290, BOTH, 1, 3},
    {"AC-CLOTH", "Cleaning cloth", "accessories", 990, BOTH, 1, 3},
    {"GL-SUN", "Sunglasses", "glasses", 69900, BOTH, 1, 1},
    {"GL-BLUE", "Screen glasses", "glasses", 29900, BOTH, 1, 1},
};

static const struct ts_sample_name SURNAMES[] = {
    {"王", "wang"},  {"李", "li"},   {"张", "zhang"},    {"刘", "liu"},     {"陈", "chen"}, {"杨", "yang"},
    {"黄", "huang"}, {"赵", "zhao"}, {"周", "zhou"},     {"吴", "wu"},      {"徐", "xu"},   {"孙", "sun"},
    {"马", "ma"},    {"朱", "zhu"},  {"胡", "hu"},       {"郭", "guo"},     {"何", "he"},   {"林", "lin"},
    {"高", "gao"},   {"罗", "luo"},  {"郑", "zheng"},    {"梁", "liang"},   {"谢", "xie"},  {"宋", "song"},
    {"唐", "tang"},  {"许", "xu"},   {"邓", "deng"},     {"冯", "feng"},    {"韩", "han"},  {"曹", "cao"},
    {"曾", "zeng"},  {"彭", "peng"}, {"欧阳", "ouyang"}, {"诸葛", "zhuge"},
};

static const struct ts_sample_name GIVEN[] = {
    {"芳", "fang"},       {"伟", "wei"},       {"敏", "min"},        {"静", "jing"},     {"丽", "li"},
    {"强", "qiang"},      {"磊", "lei"},       {"洋", "yang"},       {"艳", "yan"},      {"勇", "yong"},
    {"娟", "juan"},       {"杰", "jie"},       {"涛", "tao"},        {"超", "chao"},     {"秀英", "xiuying"},
    {"霞", "xia"},        {"平", "ping"},      {"刚", "gang"},       {"梓涵", "zihan"},  {"雨桐", "yutong"},
    {"欣怡", "xinyi"},    {"子轩", "zixuan"},  {"浩然", "haoran"},   {"思远", "siyuan"}, {"佳琪", "jiaqi"},
    {"晓东", "xiaodong"}, {"文静", "wenjing"}, {"志强", "zhiqiang"}, {"丹", "dan"},      {"婷婷", "tingting"},
    {"建国", "jianguo"},  {"海燕", "haiyan"},  {"俊", "jun"},        {"玲", "ling"},     {"鑫", "xin"},
    {"宇航", "yuhang"},   {"诗涵", "shihan"},  {"一诺", "yinuo"},    {"沐宸", "muchen"}, {"若曦", "ruoxi"},
};

static const char *const CITIES[] = {"Shanghai", "Beijing",  "Hangzhou", "Guangzhou", "Shenzhen",  "Chengdu",
                                     "Nanjing",  "Suzhou",   "Wuhan",    "Xi'an",     "Chongqing", "Ningbo",
                                     "Qingdao",  "Changsha", "Xiamen",   "Kunming"};

static const struct ts_sample_place PLACES[] = {
    {"Xintiandi", "Shanghai"}, {"Jing'an Temple", "Shanghai"}, {"Lujiazui", "Shanghai"},     {"Sanlitun", "Beijing"},
    {"Guomao", "Beijing"},     {"West Lake", "Hangzhou"},      {"Tianhe", "Guangzhou"},      {"Nanshan", "Shenzhen"},
    {"Taikoo Li", "Chengdu"},  {"Xinjiekou", "Nanjing"},       {"Pingjiang Road", "Suzhou"}, {"Hankou", "Wuhan"},
};

static const struct ts_sample_page PAGES[] = {
    {"Home", "/", "Harbour: coffee and lenses"},
    {"Sale", "/sale", "This week's offers"},
    {"Coffee", "/coffee", "Coffee"},
    {"Lenses", "/lenses", "Contact lenses"},
    {"Club", "/club", "The Harbour club"},
    {"Shops", "/shops", "Our shops"},
    {"Journal", "/journal/brewing-at-home", "Brewing at home"},
    {"Help", "/help/delivery", "Delivery and returns"},
};

static const char *const MAIL_DOMAINS[] = {"qq.example",      "163.example", "126.example", "outlook.example",
                                           "foxmail.example", "example.com", "example.org"};

static const char *const MOBILE_PREFIXES[] = {"138", "139", "136", "137", "135", "150", "151", "152", "158",
                                              "159", "182", "187", "188", "130", "131", "132", "155", "156",
                                              "185", "186", "133", "153", "180", "189", "177", "199"};

const struct ts_sample_brand ts_sample_brand = {
    .products = PRODUCTS,
    .surnames = SURNAMES,
    .given = GIVEN,
    .places = PLACES,
    .pages = PAGES,
    .cities = CITIES,
    .mail_domains = MAIL_DOMAINS,
    .mobile_prefixes = MOBILE_PREFIXES,
    .n_products = TS_ARRAY_LEN(PRODUCTS),
    .n_surnames = TS_ARRAY_LEN(SURNAMES),
    .n_given = TS_ARRAY_LEN(GIVEN),
    .n_places = TS_ARRAY_LEN(PLACES),
    .n_pages = TS_ARRAY_LEN(PAGES),
    .n_cities = TS_ARRAY_LEN(CITIES),
    .n_mail_domains = TS_ARRAY_LEN(MAIL_DOMAINS),
    .n_mobile_prefixes = TS_ARRAY_LEN(MOBILE_PREFIXES),
};
