/* The holes of templates (app/orgd/pages/templates.awk), all of which a call must fill. */
#ifndef ORGD_HOLES_H
#define ORGD_HOLES_H

/* Makes the struct of a page or mail from designated initializers. It compiles only if their number is the template's
 * number of holes; the compiler refuses doubled ones. */
#define PAGE_OF(type, count, ...)                                                                                      \
    ((void)sizeof(struct {                                                                                             \
         _Static_assert(PAGE_HOLES(__VA_ARGS__) == (count), "a hole of the template is not filled");                   \
         char unused;                                                                                                  \
     }),                                                                                                               \
     &(const type){__VA_ARGS__})
#define PAGE_HOLES(...) PAGE_HOLES_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PAGE_HOLES_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) count

#endif
