/* What the fuzz targets share. */
#ifndef ORGD_FUZZ_H
#define ORGD_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer and AFL++ call: once with each input, and before all of them where a target has something to set up.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A file that lives in memory, for code that wants a path: nothing is left behind, whatever happens. */
struct memory_file {
    int fd;
    char path[32];
};

struct memory_file memory_file_open(void);

/* Replaces the content. */
void memory_file_write(const struct memory_file *file, const void *data, size_t length);

#endif
