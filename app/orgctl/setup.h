/* The parts of `orgctl setup`. Each step finds what an earlier run has left, does the rest, and reports which it was.
 */
#ifndef ORGCTL_SETUP_H
#define ORGCTL_SETUP_H

#include "command.h"
#include "setup_files.h"

/* How the web server of a shared host runs the programs. */
enum setup_way { SETUP_FCGID, SETUP_CGI, SETUP_POOL };

/* Where the programs are that this one belongs to. */
struct setup_source {
    const char *orgctl;
    const char *orgd;
    const char *sql;
    const char *libraries; /* of the relocatable tarball; NULL: those of the system */
};

struct setup {
    const struct invocation *in;
    struct arena *arena;
    struct setup_source source;
    bool is_hosting;
    const char *directory; /* absolute, as the next one */
    const char *web_directory;
    enum setup_way way;

    /* The answers. Those about the database and the user are NULL where my.cnf is there. */
    const char *public_url;
    const char *mount; /* the path of the URL, such as /api */
    const char *server;
    const char *database;
    const char *database_user;
    const char *password;
    const char *user;

    const char *workers; /* as root: who runs them */
    gid_t group;         /* of the workers, who may read; (gid_t)-1: that of whoever runs this */
    mode_t file_mode;    /* of what holds secrets */

    /* When there is a configuration. */
    struct config config;
    struct call call;
};

/* Finds the programs and files beside this program. Fails with ERR_INTERNAL. */
int setup_find_source(struct arena *arena, struct setup_source *out, struct error *err) NODISCARD;

/* Takes the options, and asks at a terminal for what they leave out and no file has. Fails with ERR_VALIDATION before
 * anything is written. */
int setup_read_answers(struct setup *setup, struct error *err) NODISCARD;

/* Reads who is to be the first user: an option, or the answer at a terminal. */
int setup_read_user(struct setup *setup, struct error *err) NODISCARD;

/* Returns the path of a file in the directory, in the arena. */
const char *setup_path(const struct setup *setup, const char *name);

/* Checks that nobody else can replace the directory, or what an earlier run has left in it. Fails with ERR_FORBIDDEN.
 */
int setup_check_ownership(const struct setup *setup, struct error *err) NODISCARD;

/* Says what has become of a step. */
void setup_report(const struct setup *setup, enum setup_result result, const char *what);

/* Makes a directory like setup_make_directory(), and reports it. */
int setup_report_directory(const struct setup *setup, const char *path, const struct setup_access *access,
                           struct error *err) NODISCARD;

/* Makes a random secret of 48 letters and digits, in the arena. */
const char *setup_make_secret(struct arena *arena);

/* With --pool: checks that not everybody can come to the socket of the workers. Fails with ERR_FORBIDDEN. */
int setup_check_home(const struct setup *setup, struct error *err) NODISCARD;

/* With --pool: gives orgd.conf a gateway_secret if it has none. Else takes out the one that was made so. */
int setup_keep_gateway_secret(const struct setup *setup, bool *is_changed, struct error *err) NODISCARD;

/* Returns the text of an option file for the answers about the database, in the arena. */
const char *setup_option_file(const struct setup *setup, const char *template);

/* Connects with a group of an option file. Fails with ERR_UNAVAILABLE, which says why and what to do. */
int setup_connect(const struct setup *setup, const char *option_file, const char *group, struct db **out,
                  struct error *err) NODISCARD;

/* Adds to an error of the database what the server said. Returns -1. */
int setup_fail(const struct db *db, struct error *err);

/* True if the text of an orgd.conf says something of this setting. */
bool setup_has_setting(const char *text, const char *key);

/* Reads the configuration, and opens the database for all that follows. */
int setup_open(struct setup *setup, struct error *err) NODISCARD;

/* These bring the schema up to date, make the first signing key, and make the first user. The token of that user goes
 * into the file SETUP_TOKEN_FILE, as the header that curl reads. */
#define SETUP_TOKEN_FILE "superuser.header"
int setup_migrate(struct setup *setup, struct error *err) NODISCARD;
int setup_make_keys(const struct setup *setup, struct error *err) NODISCARD;
int setup_make_user(struct setup *setup, struct error *err) NODISCARD;

/* Runs `orgctl check`. Fails with ERR_FORBIDDEN if that finds faults; it has said which. */
int setup_check(const struct setup *setup, const char *orgctl, bool with_url, struct error *err) NODISCARD;

/* Checks that the directory of the web site is there. */
int setup_check_web_directory(const struct setup *setup, struct error *err) NODISCARD;

/* Makes there the program that the web server runs, and the block of the .htaccess. After an upgrade, `is_news`, the
 * program becomes another file, too. */
int setup_make_web_files(const struct setup *setup, bool is_news, struct error *err) NODISCARD;

/* True if everybody on the host may read that block. */
bool setup_web_block_is_open(const struct setup *setup);

/* All steps, on a shared host and as root. */
int setup_hosting(struct setup *setup, struct error *err) NODISCARD;
int setup_host(struct setup *setup, struct error *err) NODISCARD;

#endif
