#include <errno.h>
#include <libgen.h>
#include <string.h>

#include "base/buf.h"
#include "base/random.h"
#include "ownership.h"
#include "setup.h"

#define SECRET_BYTES 24
#define SETTING "gateway_secret"
#define MARK                                                                                                           \
    "# `orgctl setup --pool` keeps this line and the next: the web server of this site sends it, and no other.\n"

const char *setup_make_secret(struct arena *arena)
{
    uint8_t bytes[SECRET_BYTES];
    struct buf text;
    const char *secret;

    random_fill(bytes, sizeof(bytes));
    buf_init(&text, 2 * sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        buf_printf(&text, "%02x", bytes[i]);
    secret = arena_strndup(arena, text.data, text.length);
    buf_release(&text);
    return secret;
}

int setup_check_home(const struct setup *setup, struct error *err)
{
    const char *home = dirname(arena_strndup(setup->arena, setup->directory, strlen(setup->directory)));

    if (setup->way != SETUP_POOL || !ownership_is_reachable(setup->directory, setup->arena))
        return 0;
    return error_set(
        err, ERR_FORBIDDEN,
        "everybody may enter %s, and so come to the socket of the workers. Where the web server comes in by "
        "the group, run 'chmod o-x %s'; elsewhere leave out --pool",
        home, ownership_quote(home, setup->arena));
}

/* Only mod_proxy_fcgi sends it: suexec passes it on to no program. Where others than a pool serve, it would keep
 * everybody out. What the owner has written stays. */
int setup_keep_gateway_secret(const struct setup *setup, bool *is_changed, struct error *err)
{
    const struct setup_access secret = {setup->file_mode, setup->group};
    const char *path = setup_path(setup, "orgd.conf");
    const char *text = setup_read(path, setup->arena);
    const char *mark = text == NULL ? NULL : strstr(text, MARK);
    const char *news = NULL;

    if (text == NULL)
        return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    if (setup->way == SETUP_POOL && !setup_has_setting(text, SETTING))
        news = arena_printf(setup->arena, MARK SETTING " = %s\n%s", setup_make_secret(setup->arena), text);
    else if (setup->way != SETUP_POOL && mark != NULL)
        news = arena_printf(setup->arena, "%.*s%s", (int)(mark - text), text, strchrnul(mark + strlen(MARK), '\n') + 1);
    *is_changed = news != NULL;
    return news == NULL ? 0 : setup_edit(path, news, &secret, err);
}
