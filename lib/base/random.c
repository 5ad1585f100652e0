#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* getentropy() gives at most this many bytes at a time. */
#define ENTROPY_BYTES_MAX ((size_t)256)

/* Does not use libcrypto's generator: it allocates memory, can fail, and each worker would build it again. */
void random_fill(void *out, size_t length)
{
    for (uint8_t *at = out; length > 0;) {
        size_t part = length < ENTROPY_BYTES_MAX ? length : ENTROPY_BYTES_MAX;

        if (getentropy(at, part) != 0) {
            fputs("orgd: the system gives no random bytes\n", stderr);
            abort();
        }
        at += part;
        length -= part;
    }
}
