#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

struct reader {
    const char *at;
    const char *end;
    unsigned line;
    unsigned depth;
    bool failed;
    struct json_error *error;
};

static struct json *parse_value(struct reader *reader);

static void fail(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fail(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    if (reader->failed) {
        return;
    }
    reader->failed = true;
    reader->error->line = reader->line;
    va_start(arguments, format);
    (void)vsnprintf(reader->error->message, sizeof(reader->error->message), format, arguments);
    va_end(arguments);
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != 0) {
        reader->line += *reader->at == '\n' ? 1u : 0u;
        reader->at++;
    }
}

static bool take(struct reader *reader, char wanted)
{
    skip_space(reader);
    if (reader->at < reader->end && *reader->at == wanted) {
        reader->at++;
        return true;
    }
    return false;
}

static struct json *new_value(struct reader *reader, enum json_type type)
{
    struct json *value = calloc(1, sizeof(*value));
    if (value == NULL) {
        fail(reader, "out of memory");
        return NULL;
    }
    value->type = type;
    value->line = reader->line;
    return value;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool take_hex4(struct reader *reader, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = reader->at < reader->end ? hex_digit(*reader->at) : -1;
        if (digit < 0) {
            fail(reader, "\\u needs four hexadecimal digits");
            return false;
        }
        *code = *code << 4 | (uint32_t)digit;
        reader->at++;
    }
    return true;
}

/* Lone surrogates are kept, three bytes each: paths may hold them. */
static size_t put_utf8(uint32_t code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static size_t take_unicode(struct reader *reader, char *to)
{
    uint32_t code, low;
    if (!take_hex4(reader, &code)) {
        return 0;
    }
    if (code >= 0xd800 && code < 0xdc00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
        reader->at[1] == 'u') {
        const char *before = reader->at;
        reader->at += 2;
        if (!take_hex4(reader, &low)) {
            return 0;
        }
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else {
            reader->at = before;
        }
    }
    return put_utf8(code, to);
}

static size_t take_escape(struct reader *reader, char *to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char name = reader->at < reader->end ? *reader->at++ : 0;
    const char *found = name != 0 ? strchr(names, name) : NULL;
    if (name == 'u') {
        return take_unicode(reader, to);
    }
    if (found == NULL) {
        fail(reader, "unknown escape");
        return 0;
    }
    to[0] = values[found - names];
    return 1;
}

/* After the opening quote. */
static char *take_text(struct reader *reader)
{
    size_t room = (size_t)(reader->end - reader->at) + 1, used = 0;
    char *text = malloc(room + 4), *shrunk;
    while (text != NULL && !reader->failed) {
        if (reader->at == reader->end || *reader->at == '\n') {
            fail(reader, "a string doesn't end on its line");
        } else if ((unsigned char)*reader->at < 0x20) {
            fail(reader, "a control character in a string");
        } else if (*reader->at == '"') {
            break;
        } else if (*reader->at == '\\') {
            reader->at++;
            used += take_escape(reader, text + used);
        } else {
            text[used++] = *reader->at++;
        }
    }
    if (text == NULL || reader->failed) {
        free(text);
        return NULL;
    }
    reader->at++;
    text[used] = 0;
    shrunk = realloc(text, used + 1);
    return shrunk != NULL ? shrunk : text;
}

static struct json *parse_string(struct reader *reader)
{
    struct json *value = new_value(reader, JSON_STRING);
    reader->at++;
    if (value != NULL) {
        value->text = take_text(reader);
    }
    return value;
}

static struct json *parse_number(struct reader *reader)
{
    struct json *value = new_value(reader, JSON_NUMBER);
    bool negative = *reader->at == '-';
    const char *digits;
    uint64_t number = 0;
    reader->at += negative ? 1 : 0;
    digits = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        if (number > (INT64_MAX - 9) / 10) {
            fail(reader, "a number is too large");
        }
        number = number * 10 + (uint64_t)(*reader->at++ - '0');
    }
    if (reader->at == digits || (*digits == '0' && reader->at > digits + 1)) {
        fail(reader, "not a number");
    }
    if (reader->at < reader->end && strchr(".eE", *reader->at) != NULL) {
        fail(reader, "whole numbers only");
    }
    if (value != NULL) {
        value->number = negative ? -(int64_t)number : (int64_t)number;
    }
    return value;
}

static struct json *parse_word(struct reader *reader)
{
    static const struct {
        const char *word;
        enum json_type type;
        bool value;
    } words[] = {
        {"true", JSON_BOOLEAN, true}, {"false", JSON_BOOLEAN, false}, {"null", JSON_NULL, false}};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i].word);
        if ((size_t)(reader->end - reader->at) >= length &&
            memcmp(reader->at, words[i].word, length) == 0) {
            struct json *value = new_value(reader, words[i].type);
            reader->at += length;
            if (value != NULL) {
                value->boolean = words[i].value;
            }
            return value;
        }
    }
    fail(reader, "a value was expected");
    return NULL;
}

static bool is_repeated(const struct json *object, const char *key)
{
    for (const struct json *child = object->first; child != NULL; child = child->next) {
        if (strcmp(child->key, key) == 0) {
            return true;
        }
    }
    return false;
}

static char *parse_key(struct reader *reader, const struct json *object)
{
    char *key = NULL;
    if (!take(reader, '"')) {
        fail(reader, "a name in double quotes was expected");
    } else {
        key = take_text(reader);
    }
    if (key != NULL && is_repeated(object, key)) {
        fail(reader, "\"%s\" is there twice", key);
    }
    if (key != NULL && !take(reader, ':')) {
        fail(reader, "a colon was expected after \"%s\"", key);
    }
    return key;
}

static struct json *parse_children(struct reader *reader, enum json_type type, char close)
{
    struct json *parent = new_value(reader, type), **tail = NULL;
    reader->at++;
    if (parent == NULL || take(reader, close)) {
        return parent;
    }
    tail = &parent->first;
    do {
        char *key = type == JSON_OBJECT ? parse_key(reader, parent) : NULL;
        struct json *child = reader->failed ? NULL : parse_value(reader);
        if (child == NULL) {
            free(key);
            return parent;
        }
        child->key = key;
        *tail = child;
        tail = &child->next;
    } while (!reader->failed && take(reader, ','));
    if (!reader->failed && !take(reader, close)) {
        fail(reader, "a comma or '%c' was expected", close);
    }
    return parent;
}

static struct json *parse_value(struct reader *reader)
{
    struct json *value;
    skip_space(reader);
    if (reader->at == reader->end) {
        fail(reader, "the file ends too early");
        return NULL;
    }
    if (++reader->depth > MAX_DEPTH) {
        fail(reader, "nested too deeply");
        return NULL;
    }
    switch (*reader->at) {
    case '{':
        value = parse_children(reader, JSON_OBJECT, '}');
        break;
    case '[':
        value = parse_children(reader, JSON_ARRAY, ']');
        break;
    case '"':
        value = parse_string(reader);
        break;
    default:
        value = *reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9')
                    ? parse_number(reader)
                    : parse_word(reader);
    }
    reader->depth--;
    return value;
}

struct json *json_parse(const char *text, size_t bytes, struct json_error *error)
{
    struct reader reader = {.at = text, .end = text + bytes, .line = 1, .error = error};
    struct json *value = parse_value(&reader);
    skip_space(&reader);
    if (!reader.failed && reader.at != reader.end) {
        fail(&reader, "something follows the value");
    }
    if (reader.failed) {
        json_free(value);
        return NULL;
    }
    return value;
}

void json_free(struct json *value)
{
    while (value != NULL) {
        struct json *next = value->next;
        json_free(value->first);
        free((char *)value->key);
        free((char *)value->text);
        free(value);
        value = next;
    }
}

struct json *json_member(struct json *object, const char *key)
{
    for (struct json *child = object->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key, key) == 0) {
            child->seen = true;
            return child;
        }
    }
    return NULL;
}

const struct json *json_unknown(const struct json *object)
{
    for (const struct json *child = object->first; child != NULL; child = child->next) {
        if (!child->seen) {
            return child;
        }
    }
    return NULL;
}
