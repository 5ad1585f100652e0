/* Reads settings: orgd.conf, and environment variables over it. Which settings there are, their owners say, each
 * in a settings.def beside its code; this reader knows none of them. A row of such a file is one of
 *   SETTING_TEXT(key, default, rule, sentence, manual)       any text that keeps the rule; SETTING_ANY_TEXT: any at all
 *   SETTING_SECRET(key, rule, sentence, manual)              a text that only the file sets, and no message shows
 *   SETTING_WORD(key, default, words, sentence, manual)      one of the words, which blanks separate
 *   SETTING_INT(key, default, minimum, maximum, unit, sentence, manual)
 *   SETTING_REQUIRED(key, example, rule, sentence, manual)   a text without a default, in sections only
 *   SETTING_GROUP(title)                                     a heading for people, above the settings it is about
 * The key is also the member of the record that is filled: an int64_t, or a const char * for all others. The sample
 * orgd.conf says the sentence; the manual page says it too, with the range, and goes on with `manual` (in mdoc(7)). A
 * record is declared, and its table made, from the same file:
 *
 *     struct lamp {
 *     #define SETTINGS_FILE "lamp/settings.def"
 *     #include "process/settings_members.def"
 *     };
 *     static const struct setting lamp_settings[] = {
 *     #define SETTINGS_FILE "lamp/settings.def"
 *     #define SETTINGS_RECORD struct lamp
 *     #include "process/settings_rows.def"
 *         {0},
 *     };
 *     settings_read(path, &(struct settings_layout){.settings = lamp_settings}, &lamp, arena, err)
 */
#ifndef ORGD_SETTINGS_H
#define ORGD_SETTINGS_H

#include "base/arena.h"
#include "base/error.h"

#define SETTINGS_LINE_BYTES_MAX 4096 /* a longer line of the file is refused */

/* A rule that a text must keep. */
struct setting_rule {
    bool (*is_kept)(const char *value);
    const char *sentence; /* for a text that breaks it: "must be …" */
    /* Returns where in the text a path starts, NULL if there is none. A relative path counts from the directory of the
     * file that says it, and in the environment from the working directory; the record gets an absolute one. */
    const char *(*path_in)(const char *value); /* NULL: there never is one */
};

#define SETTING_ANY_TEXT NULL

extern const struct setting_rule settings_rule_not_empty;
extern const struct setting_rule settings_rule_octal_mode;
extern const struct setting_rule settings_rule_path;
extern const struct setting_rule settings_rule_path_or_none;
extern const struct setting_rule settings_rule_address; /* of a socket: unix:PATH, HOST:PORT or nothing */
extern const struct setting_rule settings_rule_log_target;
extern const struct setting_rule settings_rule_secret;

/* True of a text that can be nothing but a path: it is absolute, or has a slash and no colon. A setting that may also
 * be a word or a URL takes such a path, so that a misspelt word does not become the name of a file. */
bool settings_is_path(const char *value);

struct setting {
    const char *key;
    size_t offset; /* of its member in the record */
    bool is_int;
    bool is_secret;                  /* the file alone may set it: a CGI program finds its request in the environment */
    const char *default_text;        /* NULL: it must be set */
    int64_t minimum, maximum;        /* of an int */
    const char *unit;                /* of an int */
    const char *words;               /* NULL: not a choice of words */
    const struct setting_rule *rule; /* NULL: any text */
    const char *sentence;
};

/* A section that has begun. */
struct settings_section {
    void *record;
    const char *title; /* for messages: "the issuer https://idp.example.org" */
};

/* The sections of a file. They follow all settings that stand outside of a section. */
struct settings_sections {
    const struct setting *settings;
    const char *whose; /* for messages: "an issuer" */
    /* Begins the section [name]: adds a new record to the record of the file; the reader then sets its defaults.
     * `place` is the file and line of the section. Fails with ERR_VALIDATION, which names the place, if there may be no
     * such section. */
    int (*begin)(void *file_record, const char *name, const char *place, struct arena *arena,
                 struct settings_section *out, struct error *err);
};

/* Tables end with a NULL key. */
struct settings_layout {
    const struct setting *settings;
    const struct settings_sections *sections; /* NULL: there are none */
};

/* Fills the record with the defaults, then from the file (NULL: no file), then from the environment. A setting above
 * the sections that is no secret has a variable such as ORGD_PUBLIC_URL. Strings live in `arena`. Fails with
 * ERR_VALIDATION, which names file, line, key and what is allowed. */
int settings_read(const char *path, const struct settings_layout *layout, void *record, struct arena *arena,
                  struct error *err) NODISCARD;

struct glimpse {
    const char *value; /* NULL: neither the environment nor the file says anything that keeps the setting's rule */
    const char *place; /* for messages: the file and line, or the variable; NULL without a value */
};

/* Returns what the environment, or else the file, says of one setting of text, and where, whatever is wrong elsewhere.
 * A program that cannot start finds its log by it, and a fault between two settings its place. */
struct glimpse settings_glimpse(const char *path, const struct setting *setting, struct arena *arena);

/* Returns the name of a variable ORGD_… in the environment that is no setting, and none of the `others` (ended by
 * NULL); then of the next one, and NULL after the last. `place` starts at 0. */
const char *settings_unknown_variable(const struct setting *settings, const char *const *others, size_t *place,
                                      struct arena *arena);

#endif
