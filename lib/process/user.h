/* Who runs this process, and why that user cannot read a file. */
#ifndef ORGD_USER_H
#define ORGD_USER_H

#include "base/base.h"

#define USER_SENTENCE_SIZE 768

/* Says why the user of this process may not read a file, and the command that changes it. */
void user_explain_access(const char *path, char out[USER_SENTENCE_SIZE]);

#endif
