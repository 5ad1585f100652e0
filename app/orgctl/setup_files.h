/* The files that `orgctl setup` writes. Whoever reads one finds it whole, as it was or as it is to be: each is written
 * under another name first. */
#ifndef ORGCTL_SETUP_FILES_H
#define ORGCTL_SETUP_FILES_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/* The texts of app/orgctl/setup (setup_templates.awk). */
extern const char setup_htaccess[];
extern const char setup_my_cnf[];
extern const char setup_my_root_cnf[];
extern const char setup_orgd_conf[];
extern const char setup_program_sh[];
extern const char setup_server_cnf[];
extern const char setup_workers_sh[];

struct setup_hole {
    const char *name;
    const char *value;
};

/* Fills the {{holes}} of a template, in the arena. The holes end with a NULL name. */
const char *setup_fill(const char *template, const struct setup_hole *holes, struct arena *arena);

/* What has become of a file or of a step. */
enum setup_result { SETUP_THERE, SETUP_MADE, SETUP_RENEWED };

/* Who may do what with a file. */
struct setup_access {
    mode_t mode;
    gid_t group; /* (gid_t)-1: that of whoever makes it */
};

/* Makes a directory. One that is there gets this very mode. Fails with ERR_FORBIDDEN if it is somebody else's. */
int setup_make_directory(const char *path, const struct setup_access *access, enum setup_result *out,
                         struct error *err) NODISCARD;

/* Reads a whole file, in the arena. Returns NULL if it is not there, or cannot be read: see errno. */
const char *setup_read(const char *path, struct arena *arena);

/* Makes the file have this text. */
int setup_write(const char *path, const char *text, const struct setup_access *access, struct arena *arena,
                enum setup_result *out, struct error *err) NODISCARD;

/* Makes it again, even if it has the text already: as another file of the same name. */
int setup_replace(const char *path, const char *text, const struct setup_access *access, struct error *err) NODISCARD;

/* Replaces the text of a file of somebody's own: mode, group and links stay. One that is not there is made. */
int setup_edit(const char *path, const char *text, const struct setup_access *access, struct error *err) NODISCARD;

/* Makes `to` a copy of the file `from`. A program may run meanwhile. */
int setup_copy(const char *from, const char *to, mode_t mode, enum setup_result *out, struct error *err) NODISCARD;

/* The same with all files of a directory, and those of the directories in it. */
int setup_copy_all(const char *from, const char *to, mode_t mode, struct arena *arena, enum setup_result *out,
                   struct error *err) NODISCARD;

#endif
