#include "models.h"

const struct model object_model = {.name = NULL, .example = "{}"};
const struct model null_model = {.name = NULL, .example = "null"};
