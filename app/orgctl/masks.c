/* Making anew what members and teams hold, where it is not what their roles give. */
#include "base/text.h"
#include "commands.h"
#include "domain/organizations/mask.h"
#include "terminal.h"

static const char *kind_of(const struct mask_fault *fault)
{
    return fault->is_team ? "team" : fault->is_service ? "service_account" : "user";
}

static void add_fault(const struct invocation *in, const struct mask_fault *fault)
{
    int64_t before = mask_permissions(fault->mask);
    int64_t after = mask_permissions(fault->expected);

    output_row(in->output);
    output_text(in->output, "organization", fault->organization);
    output_id(in->output, "organization_id", &fault->organization_id);
    output_text(in->output, "kind", text_of(kind_of(fault)));
    output_text(in->output, "name", fault->name);
    output_id(in->output, "id", &fault->holder_id);
    add_permissions(in, "given", after & ~before);
    add_permissions(in, "taken", before & ~after);
}

static int repair(const struct invocation *in, const struct mask_fault *faults, int64_t count, struct error *err)
{
    for (int64_t i = 0; i < count; i++) {
        if (command_option(in, "dry-run") == NULL && mask_repair(&in->call, &faults[i], err) < 0)
            return -1;
        add_fault(in, &faults[i]);
    }
    return 0;
}

int run_member_repair(const struct invocation *in, struct error *err)
{
    struct progress progress = {.is_off = in->is_quiet};
    struct mask_walk walk = {.is_over = false};
    int result = 0;

    while (!walk.is_over && result == 0) {
        struct mask_fault *faults;
        int64_t count = mask_look(&in->call, &walk, &faults, err);

        result = count < 0 ? -1 : repair(in, faults, count, err);
        progress_show(&progress, "%lld pieces looked at", (long long)walk.pieces);
    }
    progress_end(&progress);
    if (result == 0)
        output_list(in->output, "All members and teams hold what their roles give.");
    return result;
}
