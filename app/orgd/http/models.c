#include "models.h"

const struct model object_model = {.name = NULL, .example = "{}"};
const struct model id_model = {.name = NULL, .example = "\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\""};
const struct model null_model = {.name = NULL, .example = "null"};
