#include "models.h"

const struct model object_model = {.name = NULL};
const struct model null_model = {.name = NULL};
