/* Lets others have the processor while this process computes for long: it sleeps for a moment after every fraction of a
 * millisecond. So whoever waits for this processor waits for no longer than that, and not for a whole slice of the
 * scheduler's, which is some milliseconds.
 *
 *     breaks_begin();
 *     compute();
 *     breaks_end();
 *
 * A lower priority is no way: the kernel weighs it within a session only (sched(7), autogroups), and the database and
 * the web server are in others. Measured with SCHED_IDLE: reads waited as long as without it. */
#ifndef ORGD_BREAKS_H
#define ORGD_BREAKS_H

/* From here to breaks_end(), which the same thread calls, the process takes breaks, on SIGALRM. Where the kernel gives
 * no timer, it takes none. */
void breaks_begin(void);

/* Ends that, and does with SIGALRM what was done before. */
void breaks_end(void);

#endif
