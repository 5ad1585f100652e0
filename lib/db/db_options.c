#include "db_options.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"

const char *db_option_group(const char *option_file)
{
    FILE *file = fopen(option_file, "re");
    char line[1024];
    bool has_group = false;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        has_group |= strncmp(line + strspn(line, " \t"), "[orgctl]", 8) == 0;
    if (file != NULL)
        fclose(file);
    return has_group ? "orgctl" : "orgd";
}
