#include "counting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/request_metrics.h"

#define LAYOUT_BYTES_MAX ((size_t)64 * 1024)

/* What the workers of a pool inherit; -1: nothing. */
static int memory_fd = -1;

/* `layout` gets the text of the place. */
static struct counters_place place_of(const struct config *config, struct buf *layout)
{
    buf_init(layout, LAYOUT_BYTES_MAX);
    request_metrics_describe(layout);
    return (struct counters_place){
        .path = config->metrics_file[0] == '\0' ? NULL : config->metrics_file,
        .fd = memory_fd,
        .installation = config->database_option_file,
        .layout = {layout->data, layout->length},
        .cell_count = request_metrics_cells(),
        .slot_count = COUNTERS_SLOTS,
    };
}

/* Another version of the program may have made the memory, and count something else. */
static bool is_fit(const struct config *config)
{
    CLEANUP(buf_release) struct buf layout;
    struct counters_place place = place_of(config, &layout);

    return counters_fit(&place);
}

static void take_over(const struct config *config)
{
    const char *value = getenv(CONFIG_COUNTERS_VARIABLE);

    if (value == NULL)
        return;
    memory_fd = (int)strtol(value, NULL, 10);
    fcntl(memory_fd, F_SETFD, FD_CLOEXEC);
    unsetenv(CONFIG_COUNTERS_VARIABLE);
    if (is_fit(config))
        return;
    log_warning("this program counts something else than the one before: all counters of /metrics begin at zero");
    close(memory_fd);
    memory_fd = -1;
}

void counting_prepare(const struct config *config)
{
    take_over(config);
    if (memory_fd >= 0 || !config_has_metrics(config) || config->metrics_file[0] != '\0')
        return;
    memory_fd = counters_make_memory();
    if (memory_fd < 0)
        log_error("cannot make memory for /metrics: %s", strerror(errno));
}

void counting_hand_over(void)
{
    char value[16];

    if (memory_fd < 0)
        return;
    snprintf(value, sizeof(value), "%d", memory_fd);
    setenv(CONFIG_COUNTERS_VARIABLE, value, 1);
    fcntl(memory_fd, F_SETFD, 0);
}

bool counting_begin(const struct config *config, enum counter role)
{
    CLEANUP(buf_release) struct buf layout = {.data = NULL};
    struct counters_place place;
    struct error err;

    if (!config_has_metrics(config) || (memory_fd < 0 && config->metrics_file[0] == '\0'))
        return false;
    place = place_of(config, &layout);
    if (counters_open(&place, &err) == 0) {
        counters_set(role, 1);
        return true;
    }
    log_error("/metrics: %s", err.message);
    return false;
}
