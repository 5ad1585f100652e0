/* Finding events across chains by orgd_event_subjects, in the order of their positions. */
#ifndef ORGD_EVENT_SUBJECT_SQL_H
#define ORGD_EVENT_SUBJECT_SQL_H

/* The kinds of subjects. */
#define SUBJECT_ACTION "1"
#define SUBJECT_ACTOR "2"
#define SUBJECT_TARGET "3"

/* The events `e` of a subject, for FROM. Their positions are t.position; more conditions may follow. */
#define OF_SUBJECT(kind, subject)                                                                                      \
    "orgd_event_subjects t FORCE INDEX (PRIMARY) STRAIGHT_JOIN orgd_events e FORCE INDEX (orgd_events_position)"       \
    " ON e.position = t.position WHERE t.kind = " kind " AND t.subject = " subject

#endif
