#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_url.h"
#include "ownership.h"
#include "setup.h"

#define BLOCK_BEGIN "# BEGIN orgd"
#define BLOCK_END "# END orgd\n"
#define MARK "`orgctl setup`"

static const struct setup_access web_program = {0755, (gid_t)-1}; /* as suexec wants it */
static const struct setup_access web_file = {0644, (gid_t)-1};

/* What Apache does with the file that is named like the mount. */
static const char *const handlers[] = {
    [SETUP_FCGID] = "SetHandler fcgid-script\n        Options +ExecCGI",
    [SETUP_CGI] = "SetHandler cgi-script\n        Options +ExecCGI",
    [SETUP_POOL] =
        "SetHandler \"proxy:unix:{{directory}}/run/orgd.sock|fcgi://localhost/\"\n"
        "        # Without this the workers refuse a request: others of this web server can reach them, too.\n"
        "        SetEnv " CONFIG_GATEWAY_VARIABLE " {{secret}}",
};

static const char *fill_handler(const struct setup *setup)
{
    const struct setup_hole holes[] = {{"directory", setup->directory}, {"secret", setup->config.gateway_secret}, {0}};

    return setup_fill(handlers[setup->way], holes, setup->arena);
}

static const char *fill_web_text(const struct setup *setup, const char *template)
{
    const struct setup_hole holes[] = {
        {"name", strrchr(setup->mount, '/') + 1}, {"mount", setup->mount},          {"directory", setup->directory},
        {"public_url", setup->public_url},        {"handler", fill_handler(setup)}, {0},
    };

    return setup_fill(template, holes, setup->arena);
}

int setup_check_web_directory(const struct setup *setup, struct error *err)
{
    struct stat status;

    if (stat(setup->web_directory, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(err, ERR_VALIDATION,
                         "there is no directory %s: name the directory of your web site with --web-directory",
                         setup->web_directory);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        command_warn(setup->in, "others may write to %s, so suexec runs no program there: chmod go-w %s",
                     setup->web_directory, setup->web_directory);
    return 0;
}

/* After an upgrade the same text becomes another file: mod_fcgid then starts new processes, and lets those of the old
 * one end. */
static int make_web_program(const struct setup *setup, bool is_news, struct error *err)
{
    const char *path = arena_printf(setup->arena, "%s%s", setup->web_directory, strrchr(setup->mount, '/'));
    const char *text = fill_web_text(setup, setup_program_sh);
    const char *old = setup_read(path, setup->arena);
    bool is_there = old != NULL && strcmp(old, text) == 0 && !is_news;

    if (old == NULL && errno != ENOENT)
        return error_set(err, ERR_EXISTS, "%s is in the way (%s): choose another name in --url, or move it away", path,
                         strerror(errno));
    if (old != NULL && strstr(old, MARK) == NULL)
        return error_set(err, ERR_EXISTS,
                         "%s is there already, and setup has not made it: choose another name in --url", path);
    if (!is_there && setup_replace(path, text, &web_program, err) < 0)
        return -1;
    setup_report(setup, is_there ? SETUP_THERE : old == NULL ? SETUP_MADE : SETUP_RENEWED, path);
    return 0;
}

static const char *block_path(const struct setup *setup)
{
    return arena_printf(setup->arena, "%s/.htaccess", setup->web_directory);
}

/* Puts the block into the text: in the place of an earlier one, or at the top, because rules that stand before it may
 * take every URL. Returns NULL if an earlier block has no end. */
static const char *put_block(const char *text, const char *block, struct arena *arena)
{
    const char *begin = strstr(text, BLOCK_BEGIN);
    const char *end = begin == NULL ? NULL : strstr(begin, BLOCK_END);

    if (begin == NULL)
        return arena_printf(arena, "%s%s%s", block, text[0] == '\0' ? "" : "\n", text);
    if (end == NULL)
        return NULL;
    return arena_printf(arena, "%.*s%s%s", (int)(begin - text), text, block, end + strlen(BLOCK_END));
}

/* The answer to a file beside the program that is not there: it says whether the web server can use the .htaccess, and
 * nothing about orgd. */
static long status_of_site(const struct setup *setup)
{
    int length = (int)(strrchr(setup->public_url, '/') - setup->public_url);

    return check_url_status(arena_printf(setup->arena, "%.*s/orgctl-setup", length, setup->public_url), setup->arena);
}

/* 500: the directive is not allowed; 403: nobody may rewrite where links may not be followed. */
static bool is_refusal(long status)
{
    return status == 500 || status == 403;
}

static int take_block_out(const char *path, const char *old, struct error *err)
{
    if ((old == NULL ? unlink(path) : setup_edit(path, old, &web_file, err)) < 0)
        return error_set(err, ERR_INTERNAL, "the web server refuses a line of %s: take the block of orgd out again",
                         path);
    return error_set(
        err, ERR_FORBIDDEN,
        "the web server refuses a line of the block in %s, so it was taken out again. Ask the host's "
        "administrator for 'AllowOverride AuthConfig FileInfo Options' and 'Options SymLinksIfOwnerMatch', then run the "
        "same command again.",
        path);
}

bool setup_web_block_is_open(const struct setup *setup)
{
    const char *path = block_path(setup);
    struct stat status;

    return stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0 && ownership_is_reachable(path, setup->arena);
}

/* The block of a pool holds a secret: where the directory is of the web server's group, and we are in it, that group
 * alone may read it. */
static void close_web_block(const struct setup *setup, long before)
{
    const char *path = block_path(setup);
    struct stat status;

    if (setup->way != SETUP_POOL || !setup_web_block_is_open(setup) || stat(setup->web_directory, &status) != 0 ||
        status.st_gid == getegid() || chown(path, (uid_t)-1, status.st_gid) != 0 || chmod(path, 0640) != 0)
        return;
    if (is_refusal(status_of_site(setup)) && !is_refusal(before) && chmod(path, web_file.mode) != 0)
        command_warn(setup->in, "the web server may not read %s: chmod %o %s", path, web_file.mode, path);
}

/* A line that the host does not allow would be the end of the whole site. */
static int make_web_block(const struct setup *setup, struct error *err)
{
    const char *path = block_path(setup);
    const char *old = setup_read(path, setup->arena);
    enum setup_result result;
    const char *text;
    long before;

    if (old == NULL && errno != ENOENT)
        return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    before = status_of_site(setup);
    text = put_block(old == NULL ? "" : old, fill_web_text(setup, setup_htaccess), setup->arena);
    if (text == NULL)
        return error_set(err, ERR_VALIDATION, "%s: the line '" BLOCK_BEGIN "' has no '# END orgd' after it: remove it",
                         path);
    result = old == NULL ? SETUP_MADE : strcmp(old, text) == 0 ? SETUP_THERE : SETUP_RENEWED;
    if (result != SETUP_THERE && setup_edit(path, text, &web_file, err) < 0)
        return -1;
    if (result != SETUP_THERE && is_refusal(status_of_site(setup)) && !is_refusal(before))
        return take_block_out(path, old, err);
    close_web_block(setup, before);
    setup_report(setup, result, path);
    return 0;
}

int setup_make_web_files(const struct setup *setup, bool is_news, struct error *err)
{
    return make_web_program(setup, is_news, err) < 0 || make_web_block(setup, err) < 0 ? -1 : 0;
}
